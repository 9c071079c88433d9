"""Templates: functions, parameters, rules and exports, resolved without an account or a server."""
