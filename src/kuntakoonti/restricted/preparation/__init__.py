"""The order of the work in the restricted room, from records to the handover."""
