//! The Dockerfile, by a parser of its language.

use crate::read;
use parse_dockerfile::{Command, Instruction, parse};

/// The words of a command in the exec form; `None` in the shell form, where `sh` is process 1.
fn exec_form(command: &Command<'_>) -> Option<Vec<String>> {
    match command {
        Command::Exec(words) => {
            Some(words.value.iter().map(|word| word.value.to_string()).collect())
        }
        _ => None,
    }
}

#[test]
fn the_program_is_process_1_and_gets_the_signal() {
    let text = read("Dockerfile");
    let dockerfile = parse(&text).expect("it is a Dockerfile");
    let stages: Vec<_> = dockerfile.stages().collect();
    let [build, last] = &stages[..] else { panic!("two stages") };
    let name = build.from.as_.as_ref().map(|(_, name)| name.value.to_string());
    assert_eq!(name.as_deref(), Some("build"));

    let (mut entrypoint, mut command, mut signal, mut copied) = (None, None, None, None);
    for instruction in last.instructions {
        match instruction {
            Instruction::Entrypoint(found) => entrypoint = exec_form(&found.arguments),
            Instruction::Cmd(found) => command = exec_form(&found.arguments),
            Instruction::Stopsignal(found) => signal = Some(found.arguments.value.to_string()),
            Instruction::Copy(found) => copied = Some(found.dest.value.to_string()),
            other => panic!("{other:?}"),
        }
    }
    let program = "/usr/local/bin/billing";
    assert_eq!(entrypoint, Some(vec![program.to_owned()]));
    assert_eq!(command, Some(vec!["25".to_owned()]));
    assert_eq!(signal.as_deref(), Some("SIGTERM"));
    assert_eq!(copied.as_deref(), Some(program));
}

#[test]
fn the_shell_form_would_be_noticed() {
    let dockerfile = parse("FROM scratch\nENTRYPOINT /usr/local/bin/billing\n").expect("it parses");
    let [_, Instruction::Entrypoint(entrypoint)] = &dockerfile.instructions[..] else {
        panic!("an entry point")
    };
    assert_eq!(exec_form(&entrypoint.arguments), None);
}

/// What `COPY --from` and `cargo build` name.
#[test]
fn the_built_program_is_the_one_that_is_copied() {
    let text = read("Dockerfile");
    assert!(text.contains(&format!("--package {}\n", env!("CARGO_PKG_NAME"))));
    assert!(text.contains("COPY --from=build /src/target/release/billing "));
    assert!(crate::BILLING.ends_with("/billing"));
}
