"""What carries out the requests of dialogues: a module per feature, each with its `HANDLERS`."""
