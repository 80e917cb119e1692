//! Replaces what differs from run to run in what a program printed.

/// Durations become `_s`, thread ids in panic messages `(_)`. The line and the column in the
/// message of a panic become `_`: rustc does not promise them.
pub(crate) fn normalized(text: &str) -> String {
    let mut normalized = String::new();
    for line in text.split_inclusive('\n') {
        let words: Vec<String> = line.split(' ').map(normalized_word).collect();
        normalized.push_str(&words.join(" "));
    }
    normalized
}

fn normalized_word(word: &str) -> String {
    let is_number = |text: &str| {
        !text.is_empty()
            && text.chars().all(|character| character.is_ascii_digit() || character == '.')
    };
    let core = word.trim_end_matches([':', '\r', '\n', ';', ',']);
    let ending = &word[core.len()..];
    if let Some(inside) = core.strip_prefix('(').filter(|inside| !inside.ends_with(')')) {
        return format!("({}{ending}", normalized_word(inside));
    }
    if let Some(inside) = core.strip_suffix(')').filter(|inside| !inside.starts_with('(')) {
        return format!("{}){ending}", normalized_word(inside));
    }
    let is_duration =
        ["ns", "µs", "ms", "s"].iter().any(|unit| core.strip_suffix(unit).is_some_and(is_number));
    let is_thread =
        core.strip_prefix('(').and_then(|core| core.strip_suffix(')')).is_some_and(is_number);
    if let [file, line, column] = core.splitn(3, ':').collect::<Vec<_>>()[..]
        && is_number(line)
        && is_number(column)
    {
        return format!("{file}:_{ending}");
    }
    match (is_duration, is_thread) {
        (true, _) => format!("_s{ending}"),
        (_, true) => format!("(_){ending}"),
        _ => word.to_owned(),
    }
}

/// The line behind each `.rs:` becomes `_`: it moves with every edit of a scenario program.
pub(crate) fn without_line_numbers(text: &str) -> String {
    let mut parts = text.split(".rs:");
    let mut found = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        found.push_str(".rs:_");
        found.push_str(
            part.trim_start_matches(['_'])
                .trim_start_matches(|character: char| character.is_ascii_digit()),
        );
    }
    found
}
