"""The least-cost remediation plan (整改方案): what it costs, what it brings, what it rests on."""
