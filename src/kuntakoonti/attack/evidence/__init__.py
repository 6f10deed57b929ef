"""What is public: released files, ledger, rules, and what each release says."""
