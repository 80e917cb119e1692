//! What the macros know from the command line of rustc alone, and from no token.

use crate::diagnostic::Problems;
use proc_macro2::{Span, TokenStream, TokenTree};
use std::path::Path;
use std::sync::OnceLock;
use std::{env, fs};

/// The crate that the generated code names.
pub(crate) const PACKAGE: &str = "exitmacro";

/// The options that matter to the macros. An editor expands macros without rustc, and has none.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Compiler {
    /// Whether rustc builds unit tests with its own harness, whose `main` replaces the crate's.
    /// `cfg(test)` does not show it, as it is also set for a target with `harness = false`.
    pub(crate) harness: bool,
    /// The extern prelude: the crates that code can name without declaring them.
    crates: Vec<Extern>,
    /// Whether the code is of the edition of 2015, in which `::core` is a module of the crate.
    edition_2015: bool,
}

#[derive(Debug, PartialEq)]
struct Extern {
    name: String,
    /// The name of the file, without its hash; empty if rustc looks for the file.
    file: String,
}

impl Compiler {
    pub(crate) fn current() -> &'static Self {
        static CURRENT: OnceLock<Compiler> = OnceLock::new();
        CURRENT.get_or_init(|| {
            Self::of(env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()))
        })
    }

    fn of(arguments: impl Iterator<Item = String>) -> Self {
        let mut compiler = Self::default();
        let mut arguments = arguments.flat_map(expanded).peekable();
        // rustc's default.
        compiler.edition_2015 = arguments.peek().is_some();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--edition" => {
                    compiler.edition_2015 = arguments.next().is_some_and(|value| value == "2015")
                }
                edition if edition.starts_with("--edition=") => {
                    compiler.edition_2015 = edition.ends_with("=2015")
                }
                "--test" => compiler.harness = true,
                "--extern" => {
                    compiler.crates.extend(arguments.next().and_then(|value| Extern::of(&value)))
                }
                other => {
                    compiler.crates.extend(other.strip_prefix("--extern=").and_then(Extern::of))
                }
            }
        }
        compiler
    }

    /// The code, with errors that rustc can show. syn writes each as `::core::compile_error!`, with
    /// the place of the user's token, and so with the edition of the user.
    pub(crate) fn with_errors(&self, code: TokenStream) -> TokenStream {
        if !self.edition_2015 {
            return code;
        }
        let mut tokens: Vec<_> = code.into_iter().collect();
        let begins = |tokens: &[TokenTree]| {
            tokens.iter().map(ToString::to_string).eq([":", ":", "core", ":", ":", "compile_error"])
        };
        let errors: Vec<_> =
            (0..tokens.len()).filter(|&at| tokens.get(at..at + 6).is_some_and(begins)).collect();
        for colon in errors.into_iter().flat_map(|at| [at, at + 1]) {
            let place = tokens[colon].span();
            tokens[colon].set_span(Span::mixed_site().located_at(place));
        }
        tokens.into_iter().collect()
    }

    /// Whether `name` is in the extern prelude.
    pub(crate) fn has_extern(&self, name: &str) -> bool {
        self.crates.iter().any(|known| known.name == name)
    }

    /// The name of the crate `package` in the extern prelude, when it has another name there.
    pub(crate) fn renamed(&self, package: &str) -> Option<&str> {
        if self.has_extern(package) {
            return None;
        }
        let file = format!("lib{package}");
        self.crates.iter().find(|known| known.file == file).map(|known| known.name.as_str())
    }

    /// Whether code cannot name the crate `package`, by no name.
    pub(crate) fn lacks(&self, package: &str) -> bool {
        !self.crates.is_empty() && !self.has_extern(package) && self.renamed(package).is_none()
    }

    /// Where `exitmacro` is found without the argument `crate`. None where it has its own name.
    pub(crate) fn find_exitmacro(&self, problems: &mut Problems) -> Option<syn::Path> {
        if self.lacks(PACKAGE) {
            let what = "cannot find `exitmacro` among the crates that this one can name; write \
                        where it is found, such as `crate = facade::exitmacro`";
            problems.push(syn::Error::new(Span::call_site(), what));
        }
        self.renamed(PACKAGE).and_then(|name| syn::parse_str(&format!("::{name}")).ok())
    }
}

impl Extern {
    /// Reads `name=path` or `options:name=path`.
    fn of(value: &str) -> Option<Self> {
        let (name, path) = value.split_once('=').unwrap_or((value, ""));
        let (options, name) = name.rsplit_once(':').unwrap_or(("", name));
        if options.split(',').any(|option| option == "noprelude") {
            return None;
        }
        // Cargo adds a hash to the name.
        let stem = Path::new(path).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let file = stem.split('-').next().unwrap_or_default();
        Some(Self { name: name.to_owned(), file: file.to_owned() })
    }
}

/// The arguments that an argument stands for: those in the file for `@file`.
fn expanded(argument: String) -> Vec<String> {
    let lines = argument.strip_prefix('@').and_then(|path| fs::read_to_string(path).ok());
    lines.map_or_else(|| vec![argument], |lines| lines.lines().map(str::to_owned).collect())
}

#[cfg(test)]
impl Compiler {
    /// rustc that builds unit tests.
    pub(crate) const HARNESS: Self =
        Self { harness: true, crates: Vec::new(), edition_2015: false };

    /// No options.
    pub(crate) const UNKNOWN: Self =
        Self { harness: false, crates: Vec::new(), edition_2015: false };

    pub(crate) fn with(arguments: &[&str]) -> Self {
        Self::of(arguments.iter().map(|&argument| argument.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harness_is_an_option_of_its_own() {
        assert!(Compiler::with(&["--crate-name", "a", "--test", "a.rs"]).harness);
        assert!(!Compiler::with(&["--cfg", "test", "--test-run-directory", "a"]).harness);
    }

    #[test]
    fn the_edition_is_2015_unless_another_one_is_named() {
        for (arguments, is_2015) in [
            (&["a.rs"][..], true),
            (&["--edition=2015"], true),
            (&["--edition", "2015"], true),
            (&["--edition=2021"], false),
            (&["--edition", "2024", "a.rs"], false),
            (&[], false),
        ] {
            assert_eq!(Compiler::with(arguments).edition_2015, is_2015, "{arguments:?}");
        }
    }

    #[test]
    fn errors_are_the_same_code_in_the_edition_of_2015() {
        let error = syn::Error::new(Span::call_site(), "no");
        let errors = error.to_compile_error();
        let code = quote::quote!(fn f() -> ::core::Option {} #errors);
        let compiler = Compiler { edition_2015: true, ..Compiler::UNKNOWN };
        assert_eq!(compiler.with_errors(code.clone()).to_string(), code.to_string());
    }

    #[test]
    fn crates_are_read_in_every_form() {
        let compiler = Compiler::with(&[
            "--extern",
            "log=/a/liblog-0f.rmeta",
            "--extern=priv:redis=b.so",
            "--extern",
            "proc_macro",
            "--extern",
            "noprelude:core=c",
        ]);
        for name in ["log", "redis", "proc_macro"] {
            assert!(compiler.has_extern(name), "{name}");
        }
        assert!(!compiler.has_extern("core") && !compiler.has_extern("liblog"));
    }

    #[test]
    fn renamed_crate_is_found_by_its_file() {
        let compiler = Compiler::with(&[
            "--extern",
            "log=/a/liblog-0f.rmeta",
            "--extern",
            "cleanup=/a/libexitmacro-0f.rlib",
        ]);
        assert_eq!(compiler.renamed("exitmacro"), Some("cleanup"));
        assert_eq!(compiler.renamed("log"), None);
        assert_eq!(compiler.renamed("redis"), None);
    }

    #[test]
    fn exitmacro_is_looked_for() {
        for (arguments, expected, count) in [
            (&[][..], None, 0),
            (&["--extern=exitmacro=a", "--extern=b=libexitmacro-0f.rlib"], None, 0),
            (&["--extern=b=libexitmacro-0f.rlib"], Some(":: b"), 0),
            (&["--extern=facade=libfacade-0f.rlib"], None, 1),
        ] {
            let mut problems = Problems::default();
            let found = Compiler::with(arguments).find_exitmacro(&mut problems);
            let found = found.map(|path| quote::quote!(#path).to_string());
            assert_eq!(found.as_deref(), expected, "{arguments:?}");
            assert_eq!(problems.errors().count(), count, "{arguments:?}");
        }
    }

    #[test]
    fn arguments_in_a_file_are_read() {
        // Not the folder of `TMPDIR`, which may not exist.
        let folder = if cfg!(unix) { "/tmp".into() } else { env::temp_dir() };
        let path = folder.join(format!("exitmacro-derive-{}", std::process::id()));
        fs::write(&path, "--test\n--extern\nlog=a\n").unwrap();
        let compiler = Compiler::with(&[&format!("@{}", path.display())]);
        fs::remove_file(&path).unwrap();
        assert!(compiler.harness && compiler.has_extern("log"));
        let nothing_else = Compiler { edition_2015: true, ..Compiler::UNKNOWN };
        assert_eq!(Compiler::with(&["@nowhere/at/all"]), nothing_else);
    }
}
