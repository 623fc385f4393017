"""The dialogues, each an explicit state machine and pure."""
