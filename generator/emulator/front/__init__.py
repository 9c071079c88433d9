"""The door of the emulator: a request comes in, is authorized, and is answered by us or by moto."""
