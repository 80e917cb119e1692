//! Reads the output of the measuring tools.

use std::collections::{BTreeMap, HashMap};

/// What callgrind counted, in instructions of all threads.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Instructions {
    pub(super) all: f64,
    /// Instructions of the dynamic loader.
    pub(super) loader: f64,
    /// Instructions in which the loader compares names, and the number of comparisons. Both are 0
    /// where the loader has no symbols.
    pub(super) comparing: f64,
    pub(super) comparisons: f64,
    /// Instructions in which libc finds the stack of the main thread for std, at start-up.
    pub(super) stack_of_main: f64,
    /// Instructions in which the loader lists the objects for a search by address.
    pub(super) listing_objects: f64,
    /// By object file.
    pub(super) objects: BTreeMap<String, f64>,
    /// By function, without what it calls; by the last part of its name.
    pub(super) functions: BTreeMap<String, f64>,
}

/// Reads a file of callgrind. It writes each name once, with a number that stands for the name
/// afterwards.
pub(super) fn instructions(file: &str) -> Instructions {
    let mut names: HashMap<(&str, &str), &str> = HashMap::new();
    let mut counted = Instructions::default();
    let (mut object, mut function) = ("", "");
    let (mut called_object, mut called_function) = (None, "");
    let mut inclusive = false;
    for line in file.lines() {
        if let Some((key @ ("ob" | "fn" | "cob" | "cfn"), value)) = line.split_once('=') {
            let (number, name) = value.split_once(' ').unwrap_or((value, ""));
            let known = names.entry((key.trim_start_matches('c'), number)).or_insert(name);
            match key {
                "ob" => object = known,
                "fn" => function = known,
                "cob" => called_object = Some(*known),
                _ => called_function = known,
            }
        } else if let Some(times) = line.strip_prefix("calls=") {
            if is_loader(called_object.unwrap_or(object)) && called_function.starts_with("strcmp") {
                counted.comparisons +=
                    times.split(' ').next().and_then(|times| times.parse().ok()).unwrap_or(0.0);
            }
            inclusive = true;
        } else if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
            let cost = line.split(' ').nth(1).and_then(|cost| cost.parse().ok()).unwrap_or(0.0);
            if inclusive {
                if called_function.starts_with("pthread_getattr_np") {
                    counted.stack_of_main += cost;
                }
                if called_function.starts_with("_dl_find_object_init") {
                    counted.listing_objects += cost;
                }
                (inclusive, called_object) = (false, None);
                continue;
            }
            counted.all += cost;
            if is_loader(object) {
                counted.loader += cost;
                if function.starts_with("strcmp") {
                    counted.comparing += cost;
                }
            }
            *counted.objects.entry(file_name(object).to_owned()).or_default() += cost;
            let function = function.rsplit("::").next().unwrap_or(function);
            *counted.functions.entry(function.to_owned()).or_default() += cost;
        }
    }
    counted
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn is_loader(object: &str) -> bool {
    file_name(object).starts_with("ld")
}

/// The calls of `malloc` and its relatives, from memcheck's messages.
pub(super) fn allocations(messages: &str) -> Option<f64> {
    let text = messages.lines().find_map(|line| line.split_once("total heap usage: "))?.1;
    text.split_whitespace().next()?.replace(',', "").parse().ok()
}

/// The output of strace for a process and its threads.
#[derive(Debug, PartialEq)]
pub(super) struct SystemCalls {
    pub(super) calls: f64,
    pub(super) threads: f64,
    pub(super) by_name: BTreeMap<String, f64>,
}

pub(super) fn system_calls(log: &str) -> SystemCalls {
    let mut by_name = BTreeMap::new();
    // The other lines are signals, ends, and the second parts of calls.
    for line in log.lines().filter(|line| !line.contains(" resumed>")) {
        if let Some((name, _)) = line.split_once('(') {
            *by_name
                .entry(
                    name.trim_start_matches(|digit: char| digit.is_ascii_digit() || digit == ' ')
                        .to_owned(),
                )
                .or_default() += 1.0;
        }
    }
    let threads = ["clone", "clone3"].iter().filter_map(|name| by_name.get(*name)).sum();
    SystemCalls { calls: by_name.values().sum(), threads, by_name }
}

/// The number after `what` that a subject printed, as in `exit 1234`.
pub(super) fn printed(messages: &str, what: &str) -> Option<f64> {
    messages.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(' ')?.parse().ok())
}

/// The bytes of a program's sections, from the output of `size -A`.
pub(super) fn sections(printed: &str) -> BTreeMap<String, f64> {
    let section = |line: &str| {
        let mut words = line.split_whitespace();
        let name = words.next().filter(|name| name.starts_with('.'))?;
        Some((name.to_owned(), words.next()?.parse().ok()?))
    };
    printed.lines().filter_map(section).collect()
}

/// The bytes of the functions of each crate, from the output of `nm --demangle --print-size`.
/// Generic code counts for the crate of its type arguments. C has no crates.
pub(super) fn code_by_crate(printed: &str) -> BTreeMap<String, f64> {
    let mut crates = BTreeMap::new();
    for (name, size) in functions(printed) {
        let library = ["exitmacro", "signal_hook", "std", "core", "alloc"]
            .into_iter()
            .find(|library| names_crate(name, library))
            .unwrap_or("others");
        *crates.entry(library.to_owned()).or_default() += size;
    }
    crates
}

/// The bytes of the functions of each part of exitmacro: the modules at its root.
pub(super) fn code_by_part(printed: &str) -> BTreeMap<String, f64> {
    let mut parts = BTreeMap::new();
    for (name, size) in functions(printed) {
        if names_crate(name, "exitmacro")
            && let Some((_, inside)) = name.split_once("exitmacro::")
        {
            let part = inside.split(|c: char| !(c.is_alphanumeric() || c == '_')).next();
            *parts.entry(part.unwrap_or_default().to_owned()).or_default() += size;
        }
    }
    parts
}

/// The functions of a program and their sizes, from what `nm` prints.
fn functions(printed: &str) -> impl Iterator<Item = (&str, f64)> {
    printed.lines().filter_map(|line| {
        let mut words = line.splitn(4, ' ');
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some(_), Some(size), Some("t" | "T" | "w" | "W"), Some(name)) => {
                Some((name, u64::from_str_radix(size, 16).ok()? as f64))
            }
            _ => None,
        }
    })
}

/// Whether `crate::`, also with the hash that some symbols have, is somewhere in the name.
fn names_crate(name: &str, library: &str) -> bool {
    name.match_indices(library).any(|(at, _)| {
        let before = name[..at].chars().next_back();
        let after = &name[at + library.len()..];
        !before.is_some_and(|before| before.is_alphanumeric() || before == '_')
            && (after.starts_with("::") || after.starts_with('['))
    })
}

/// What the dynamic loader does at start-up, from `readelf --relocs`: how often it looks up a
/// function or variable by name, and how many addresses it writes. A name that two addresses need
/// is looked up for each of them.
pub(super) fn relocations(printed: &str) -> [f64; 2] {
    let (mut lookups, mut addresses) = (0.0, 0.0);
    for line in printed.lines() {
        let mut words = line.split_whitespace();
        let is_place = |word: &str| word.bytes().all(|digit| digit.is_ascii_hexdigit());
        // The head of a section has no place and no information in front of the kind.
        if !(words.next().is_some_and(is_place) && words.next().is_some_and(is_place)) {
            continue;
        }
        addresses += 1.0;
        // After the kind, an address that is known from the file has at most one number.
        if words.nth(2).is_some() {
            lookups += 1.0;
        }
    }
    [lookups, addresses]
}

/// The seconds of each part of a build, from the page of `cargo build --timings`: the name of a
/// crate, and the step.
pub(super) fn build_units(page: &str) -> Vec<(String, String, f64)> {
    let value = |line: &str, key: &str| {
        Some(
            line.trim()
                .strip_prefix(key)?
                .trim_end_matches(',')
                .trim_matches('"')
                .trim()
                .to_owned(),
        )
    };
    let (mut name, mut target, mut units) = (String::new(), String::new(), Vec::new());
    for line in page
        .lines()
        .skip_while(|line| !line.contains("UNIT_DATA = ["))
        .take_while(|line| *line != "];")
    {
        if let Some(text) = value(line, "\"name\": ") {
            name = text;
        } else if let Some(text) = value(line, "\"target\": ") {
            target = text;
        } else if let Some(seconds) =
            value(line, "\"duration\": ").and_then(|seconds| seconds.parse().ok())
        {
            units.push((name.clone(), target.clone(), seconds));
        }
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_are_counted_by_object() {
        let file = "# callgrind format\nevents: Ir\nsummary: 66\n\n\
                    ob=(1) /lib/ld-linux-x86-64.so.2\nfl=(1) a.c\nfn=(1) lookup\n1 5\n\
                    cfn=(2) strcmp\ncalls=3 7\n+1 20\n2 4\n\
                    cfn=(5) _dl_find_object_init\ncalls=1 7\n+1 6\n\n\
                    fn=(2)\n7 20\n\n\
                    ob=(2) /tmp/subject\nfn=(3) subject::main\n1 1\n\
                    cob=(3) /lib/libc.so.6\ncfi=(2) b.c\ncfn=(4) pthread_getattr_np@@GLIBC_2.32\n\
                    calls=1 0\n* 30\n\n\
                    ob=(3)\nfn=(4)\n9 30\n\n\
                    ob=(1)\nfn=(5)\n4 6\n";
        let counted = instructions(file);
        assert_eq!((counted.all, counted.loader), (66.0, 35.0));
        assert_eq!(
            (counted.comparing, counted.comparisons, counted.stack_of_main),
            (20.0, 3.0, 30.0)
        );
        assert_eq!(counted.listing_objects, 6.0);
        assert_eq!(counted.objects["subject"], 1.0);
        assert_eq!((counted.functions["main"], counted.functions["strcmp"]), (1.0, 20.0));
        assert_eq!(counted.objects["libc.so.6"], 30.0);
    }

    #[test]
    fn allocations_are_found() {
        let messages = "==7== HEAP SUMMARY:\n==7==   total heap usage: 1,012 allocs, 11 frees, \
             3,276 bytes allocated\n";
        assert_eq!(allocations(messages), Some(1012.0));
    }

    #[test]
    fn calls_and_threads_are_counted_once() {
        let log = "7 clone3({flags=CLONE_VM} => {parent_tid=[8]}, 88) = 8\n\
                   7 futex(0x1, FUTEX_WAIT, 1, NULL <unfinished ...>\n\
                   8 write(1, \"clone\", 5) = 5\n\
                   7 <... futex resumed>) = 0\n\
                   8 +++ exited with 0 +++\n";
        let calls = system_calls(log);
        assert_eq!((calls.calls, calls.threads), (3.0, 1.0));
        assert_eq!(calls.by_name.keys().collect::<Vec<_>>(), ["clone3", "futex", "write"]);
    }

    #[test]
    fn figures_of_subjects_are_found_by_name() {
        let messages = "register 12\nexit 345\n";
        assert_eq!(printed(messages, "exit"), Some(345.0));
        assert_eq!(printed(messages, "bytes"), None);
    }

    #[test]
    fn sections_have_their_sizes() {
        let sections = sections(
            "hello  :\nsection   size   addr\n.text   145   4096\n.eh_frame   20   8192\nTotal   \
             165\n",
        );
        assert_eq!(
            sections.into_iter().collect::<Vec<_>>(),
            [(".eh_frame".to_owned(), 20.0), (".text".to_owned(), 145.0)]
        );
    }

    #[test]
    fn code_counts_for_the_crate_that_it_is_made_for() {
        let printed = "0000000000001000 0000000000000010 t \
             core::ptr::drop_in_place<exitmacro::run::Run>\n\
                       0000000000001010 0000000000000020 T std::thread::spawn\n\
                       0000000000001030 0000000000000001 t std[1a2b]::thread::spawn\n\
                       0000000000001040 0000000000000004 T memcpy\n\
                       0000000000002000 0000000000000080 d exitmacro::STATE\n\
                       0000000000002080 T main\n";
        let crates: Vec<_> = code_by_crate(printed).into_iter().collect();
        assert_eq!(
            crates,
            [("exitmacro".to_owned(), 16.0), ("others".to_owned(), 4.0), ("std".to_owned(), 33.0)]
        );
        let parts: Vec<_> = code_by_part(printed).into_iter().collect();
        assert_eq!(parts, [("run".to_owned(), 16.0)]);
    }

    #[test]
    fn a_name_is_looked_up_for_each_address_that_needs_it() {
        let printed = "\nRelocation section '.rela.dyn' at offset 0x1038 contains 2 entries:\n    \
             Offset             Info             Type               Symbol's Value  Symbol's Name \
             + Addend\n\
             000000000005b128  0000000000000008 R_X86_64_RELATIVE                         46b10\n\
             000000000005b130  0000001e00000006 R_X86_64_GLOB_DAT      0000000000000000 \
             __cxa_atexit@GLIBC_2.2.5 + 0\n\
             \nRelocation section '.rela.plt' at offset 0x5478 contains 1 entry:\n\
             000000000005b798  0000001e00000007 R_X86_64_JUMP_SLOT     0000000000000000 \
             __cxa_atexit@GLIBC_2.2.5 + 0\n";
        assert_eq!(relocations(printed), [2.0, 3.0]);
    }

    #[test]
    fn parts_of_a_build_have_their_seconds() {
        let page = "\"name\": \"before\",\nconst UNIT_DATA = [\n  {\n    \"name\": \"syn\",\n    \
             \"target\": \" build-script\",\n    \"duration\": 0.61,\n  },\n];\n\"duration\": 7,\n";
        assert_eq!(build_units(page), [("syn".to_owned(), "build-script".to_owned(), 0.61)]);
    }
}
