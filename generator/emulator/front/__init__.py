"""The front end of the emulator: a request is read, authorized, and answered by us or by moto."""
