"""What the area decided: area, services, dated rules, runs."""
