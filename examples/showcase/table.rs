//! The table, written row by row as the children end.

use crate::exit_path::ExitPath;
use crate::log::LAST_LINES;
use crate::remains::Remains;
use std::path::Path;
use std::process::ExitStatus;

pub(crate) fn print_head(input: &Path, lines: usize) {
    let name = input.file_name().unwrap_or(input.as_os_str()).display();
    println!(
        "Ingests {name}, {lines} lines, and ends on every exit path, without and with exitmacro:\n"
    );
    print_cells([
        "exit path",
        "exitmacro",
        "database",
        "log lines",
        "temp dir",
        "PID file",
        "exit status",
    ]);
}

pub(crate) fn print_row(exit_path: &ExitPath, cleans_up: bool, lines: usize, remains: &Remains) {
    let is_first_row = !(cleans_up && exit_path.exists_without);
    let gone_or_left = |is_gone| if is_gone { "gone" } else { "left" };
    let note =
        exit_path.note.filter(|_| cleans_up).map_or_else(String::new, |note| format!(", {note}"));
    print_cells([
        if is_first_row { exit_path.name } else { "" },
        if cleans_up { "with" } else { "without" },
        if remains.database_is_clean { "clean" } else { "repaired" },
        &format!("{} of {lines}", remains.log_lines),
        gone_or_left(remains.temp_dir_is_gone),
        gone_or_left(remains.pid_file_is_gone),
        &format!("{}{note}", status_text(remains.status)),
    ]);
}

fn status_text(status: ExitStatus) -> String {
    status.code().map_or_else(|| status.to_string(), |code| code.to_string())
}

fn print_cells([exit_path, variant, database, log, temp_dir, pid_file, status]: [&str; 7]) {
    println!(
        "{exit_path:<26}{variant:<11}{database:<10}{log:>14}  {temp_dir:<10}{pid_file:<10}{status}"
    );
}

pub(crate) fn print_legend() {
    println!(
        "\nRepaired: the database had not been closed. The log's disk stalls before the last \
         {LAST_LINES} lines: a process that does not wait loses them."
    );
    println!(
        "Without: the same program with the same statics; its handlers are skipped, and it handles \
         no signals. All cells are measured after the end."
    );
}
