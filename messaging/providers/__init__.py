"""The ways a message can leave: Twilio's REST API, and the simulator."""
