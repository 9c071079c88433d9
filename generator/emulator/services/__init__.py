"""Operations that the emulator answers itself, because moto lacks them or does not keep what it is given.

Each module gives OPERATIONS: "prefix:Operation" -> what answers it. Another operation is another entry, and nothing
is registered; all other calls go to moto.
"""
