"""The door: gateway, web page, turn log and the launcher of all parts."""
