//! Shows that nothing in the resident kernel can panic: what refers to the panic machinery makes the
//! linker keep it, so its symbols would be there.

use anyhow::{Context as _, Result};
use object::{Object as _, ObjectSymbol as _};

/// Parts of the names of functions that a panic goes through.
const MACHINERY: [&str; 3] = ["core9panicking", "rust_begin_unwind", "panic_fmt"];

/// The functions of the panic machinery that the ELF file `bytes` holds, as the linker knows them.
///
/// # Errors
/// If it is no readable ELF file, or has no symbols to judge by.
pub fn inspect(bytes: &[u8]) -> Result<Vec<String>> {
    let file = object::File::parse(bytes).context("not a readable ELF file")?;
    let names: Vec<_> = file.symbols().filter_map(|symbol| symbol.name().ok()).collect();
    anyhow::ensure!(names.len() > 10, "the program has no symbols");
    let of_machinery = |name: &&str| MACHINERY.iter().any(|part| name.contains(part));
    Ok(names.into_iter().filter(of_machinery).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_can_panic_is_found() {
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert!(!inspect(&own).unwrap().is_empty());
    }
}
