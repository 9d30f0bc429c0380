//! What init and the kernel share: serial line, screen, CPU registers, exceptions, crash record
