//! The compiled policy: types, lattice, decoder and signatures, without allocation
