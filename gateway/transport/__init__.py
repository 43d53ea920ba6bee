"""How bytes reach one client."""
