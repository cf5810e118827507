"""Write the event flow down for people and for other tools: pages, pictures and contracts, all from one catalogue."""
