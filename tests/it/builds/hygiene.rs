//! The expansion does not depend on the names around it, nor on the path of exitmacro.

use crate::support::{Scenario, SingleFile};

const EDITIONS: [&str; 4] = ["2015", "2018", "2021", "2024"];

/// Compiles and runs a file in every edition.
#[track_caller]
fn assert_prints(prepare: impl Fn(&str) -> SingleFile, stdout: &str) {
    for edition in EDITIONS {
        let program = prepare(edition).program();
        println!("edition {edition}");
        Scenario::of(&program).run().assert(0, stdout, "");
    }
}

#[test]
fn handlers_of_one_name_may_be_declared_in_every_scope() {
    let stdout = "\
block
main
keyword
macro, third
macro, fourth
method
generic function
second module
first module
root
";
    assert_prints(
        |edition| SingleFile::new("hygiene/plain.rs", edition).naming_exitmacro("exitmacro"),
        stdout,
    );
}

#[test]
fn handlers_need_no_prelude() {
    let file = |edition: &str| {
        SingleFile::new("hygiene/no_implicit_prelude.rs", edition).naming_exitmacro("exitmacro")
    };
    assert_prints(file, "plain\nwith both: Some(0)\n");
}

#[test]
fn handlers_ignore_names_of_the_user() {
    let file = |edition: &str| {
        SingleFile::new("hygiene/shadowed.rs", edition).naming_exitmacro("exitmacro")
    };
    assert_prints(file, "plain\nwith context\n");
}

#[test]
fn the_crate_may_have_another_name() {
    let stdout = "renamed\nrenamed, in a module: Some(0)\nrenamed, through a module\n";
    assert_prints(
        |edition| SingleFile::new("hygiene/renamed.rs", edition).naming_exitmacro("cleanup"),
        stdout,
    );
}

#[test]
fn the_crate_may_be_re_exported_by_another_crate() {
    let file = |edition: &str| {
        let facade =
            SingleFile::new("hygiene/facade.rs", edition).naming_exitmacro("exitmacro").library();
        SingleFile::new("hygiene/user_of_facade.rs", edition).naming("facade", &facade)
    };
    let stdout = "\
user of the facade, first
by the same macro
by a macro of the facade
user of the facade
facade
";
    assert_prints(file, stdout);
}

#[test]
fn names_of_handlers_hide_nothing() {
    let file = |edition: &str| {
        let log = SingleFile::new("hygiene/log.rs", edition).library();
        SingleFile::new("hygiene/names.rs", edition)
            .naming_exitmacro("exitmacro")
            .naming("log", &log)
    };
    for edition in ["2018", "2021", "2024"] {
        println!("edition {edition}");
        let ended =
            Scenario::of(&file(edition).arg("--check-cfg=cfg(edition_2015)").program()).run();
        let stdout = "\
the crate
5
5
in a block
the crate
1
1
in a block
5
formatted
the crate
the crate
0
6
4
3
1
1
1
text
true
the crate
the module in the crate
the crate
after the log
before the cache
2
";
        ended.assert(0, stdout, "");
    }
}

#[test]
fn a_keyword_of_a_later_edition_is_a_name() {
    for edition in ["2015", "2018", "2021"] {
        println!("edition {edition}");
        let file = SingleFile::new("hygiene/later_keyword.rs", edition);
        let program = file.naming_exitmacro("exitmacro").program();
        Scenario::of(&program).run().assert(0, "before\ngen\n", "");
    }
}

#[test]
fn main_needs_no_prelude() {
    let file = |edition: &str| {
        SingleFile::new("hygiene/main_without_prelude.rs", edition).naming_exitmacro("exitmacro")
    };
    assert_prints(file, "return: Some(0)\n");
}

#[test]
fn main_ignores_names_of_the_user() {
    let file = |edition: &str| {
        SingleFile::new("hygiene/main_shadowed.rs", edition).naming_exitmacro("exitmacro")
    };
    assert_prints(file, "the body\n");
}

#[test]
fn main_finds_the_crate_under_another_name() {
    assert_prints(
        |edition| SingleFile::new("hygiene/main_renamed.rs", edition).naming_exitmacro("cleanup"),
        "renamed: return\n",
    );
}

#[test]
fn a_configuration_finds_the_crate_under_another_name() {
    assert_prints(
        |edition| SingleFile::new("hygiene/config_renamed.rs", edition).naming_exitmacro("cleanup"),
        "timeout: 5s\nrenamed: exit\n",
    );
}

#[test]
fn a_configuration_needs_no_prelude_and_ignores_names_of_the_user() {
    let file = |edition: &str| {
        SingleFile::new("hygiene/config_plain.rs", edition).naming_exitmacro("exitmacro")
    };
    assert_prints(file, "configured\n");
}

#[test]
fn resources_need_no_prelude_and_ignore_names_of_the_user() {
    let stdout = "\
close 0
close 2
Err(\"`0`: broken\")
abandon 0
abandon 2
close a
close field
Err(\"`field`: broken\")
abandon a
abandon field
Ok(())
close given
close of the macro
Ok(())
forget
main ends true
close inner
close raw
close 0
close 2
close a
close b
";
    let failed = "exitmacro: handler `resources::GLOBAL` (hygiene/resources.rs:_) failed after _s: \
                  `type`: `0`: broken; `a`: broken; `b`: broken\n";
    for edition in EDITIONS {
        let file = SingleFile::new("hygiene/resources.rs", edition).naming_exitmacro("exitmacro");
        let file = file.arg("--check-cfg=cfg(edition_2015)");
        let file = if edition == "2015" { file.arg("--cfg=edition_2015") } else { file };
        println!("edition {edition}");
        Scenario::of(&file.program()).run().assert_at_any_line(0, stdout, failed);
    }
}

#[test]
fn futures_need_no_prelude_and_ignore_names_of_the_user() {
    for edition in ["2018", "2021", "2024"] {
        let file = SingleFile::new("hygiene/futures.rs", edition).naming_tokio_and_exitmacro();
        println!("edition {edition}");
        Scenario::of(&file.program()).run().assert(3, "main\nwith context: Some(3)\nplain\n", "");
    }
}

#[test]
fn resources_find_the_crate_under_another_name() {
    let stdout = "main\ntracked first\nstatic\ntracked last\ncell\n";
    assert_prints(
        |edition| {
            SingleFile::new("hygiene/resources_renamed.rs", edition).naming_exitmacro("cleanup")
        },
        stdout,
    );
}
