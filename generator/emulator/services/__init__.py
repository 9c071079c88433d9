"""Operations that the emulator answers itself, because moto lacks them or does not keep their input.

Each module has OPERATIONS: "prefix:Operation" -> the function that answers it. A new operation is a new entry, found
without being registered; all other calls go to moto.
"""
