//! What a terminal shows that interprets the sequences: tmux.

use super::terminal;
use exitmacro_testing::{has_program, left_out, output, prepare, wait_until};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A server of tmux with one window. It ends with this value.
struct Tmux(TempDir);

fn tmux(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("tmux");
    prepare(&mut command).env("TERM", "xterm").arg("-S").arg(folder.join("socket"));
    let ended = output(command.args(["-f", "/dev/null"]).args(arguments));
    assert!(ended.status.success(), "{arguments:?}: {ended:?}");
    String::from_utf8_lossy(&ended.stdout).into_owned()
}

impl Tmux {
    /// Runs the commands of a shell in its window.
    fn start(commands: &str) -> Self {
        let folder = crate::resources::folder();
        let size = ["-x", "80", "-y", "24"];
        let shell = ["new-session", "-d", size[0], size[1], size[2], size[3], "sh", "-c", commands];
        tmux(folder.path(), &shell);
        Self(folder)
    }

    /// What it shows when that ends with this text; and whether it is the alternate screen, has a
    /// cursor, and reports the mouse.
    fn shown(&self, end: &str) -> (String, String) {
        let screen = || tmux(self.0.path(), &["capture-pane", "-p"]).trim_end().to_owned();
        wait_until(|| screen().ends_with(end).then_some(()))
            .unwrap_or_else(|| panic!("it never shows {end:?}: {:?}", screen()));
        let flags = "#{alternate_on} #{cursor_flag} #{mouse_any_flag}";
        (screen(), tmux(self.0.path(), &["display-message", "-p", flags]))
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        tmux(self.0.path(), &["kill-server"]);
    }
}

#[test]
fn the_shell_goes_on_below_what_was_there() {
    if !has_program("tmux") {
        return left_out("`tmux` is not here", "package `tmux`");
    }
    for (case, printed) in [
        ("exit", ""),
        // On the main screen.
        ("raw", "drawn"),
        ("restored by the program", "restored"),
        ("cursor", "drawn"),
    ] {
        // Where the alternate screen was used once, tmux moves the cursor there when it is left
        // again.
        let commands = format!(
            "printf '\\033[?1049h\\033[?1049l1\\n2\\n'; '{}' '{case}' </dev/null; \
             printf end; exec sleep 100",
            terminal(case).program()
        );
        let (screen, flags) = Tmux::start(&commands).shown("end");
        assert_eq!(screen, format!("1\n2\n{printed}later handler\nend"), "{case}");
        assert_eq!(flags, "0 1 0\n", "{case}");
    }
}
