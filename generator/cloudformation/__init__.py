"""What a template means: functions, parameters, rules and exports, resolved without an account or a server."""
