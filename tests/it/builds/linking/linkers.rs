//! Each linker, and each relocation model.

use super::assert_collects;
use crate::support::Build;

/// Links with the linker that gcc calls `name`, in debug and release. `mark` is what linkers of
/// that family leave in a program.
#[track_caller]
fn assert_collects_with(name: &str, package: &str, mark: Option<&str>) {
    let linker = format!("ld.{name}");
    if !exitmacro_testing::has_program(&linker) {
        return exitmacro_testing::left_out(
            &format!("`{linker}` is not here"),
            &format!("package `{package}`"),
        );
    }
    for build in [Build::debug(), Build::release()] {
        // Not the linker of the toolchain, which all the other tests use.
        let program = assert_collects(
            &build
                .final_flag("-Clink-self-contained=-linker")
                .final_flag(&format!("-Clink-arg=-fuse-ld={name}")),
        );
        let found = MARKS
            .into_iter()
            .find(|mark| program.windows(mark.len()).any(|window| window == mark.as_bytes()));
        assert_eq!(found, mark, "another linker was used");
    }
}

/// GNU ld leaves none.
const MARKS: [&str; 2] = ["LLD ", "mold "];

#[test]
fn gnu_ld_collects_every_handler() {
    assert_collects_with("bfd", "binutils", None);
}

#[test]
fn lld_collects_every_handler() {
    assert_collects_with("lld", "lld", Some("LLD "));
}

#[test]
fn mold_collects_every_handler() {
    assert_collects_with("mold", "mold", Some("mold "));
}

/// `e_type` of the file: an executable at a fixed address, or one that can be moved.
fn elf_type(program: &[u8]) -> u16 {
    u16::from_ne_bytes([program[16], program[17]])
}

/// Whether the file has a program header `PT_INTERP`, as every dynamic executable has.
fn asks_for_a_loader(program: &[u8]) -> bool {
    let number = |at: usize, size: usize| {
        program[at..at + size].iter().rev().fold(0, |number, &byte| number << 8 | usize::from(byte))
    };
    let (table, entry, count) = (number(32, 8), number(54, 2), number(56, 2));
    (0..count).any(|index| number(table + index * entry, 4) == libc::PT_INTERP as usize)
}

#[test]
fn programs_at_a_fixed_address_collect_every_handler() {
    for build in [Build::debug(), Build::release()] {
        let program = assert_collects(&build.final_flag("-Crelocation-model=static"));
        assert_eq!(elf_type(&program), libc::ET_EXEC);
    }
}

#[test]
fn position_independent_programs_collect_every_handler() {
    for build in [Build::debug(), Build::release()] {
        let program = assert_collects(&build.final_flag("-Crelocation-model=pie"));
        assert_eq!(elf_type(&program), libc::ET_DYN);
        assert!(asks_for_a_loader(&program), "the program is static");
    }
}

#[cfg(target_env = "gnu")]
#[test]
fn static_programs_collect_every_handler() {
    for model in ["pie", "static"] {
        let build = Build::release()
            .final_flag("-Ctarget-feature=+crt-static")
            .final_flag(&format!("-Crelocation-model={model}"));
        let program = assert_collects(&build);
        assert!(!asks_for_a_loader(&program), "the program is not static");
    }
}
