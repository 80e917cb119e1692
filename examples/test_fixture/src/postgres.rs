use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A PostgreSQL server with a new, empty data folder. It listens at a Unix socket, and logs
/// connections and the errors of clients.
#[derive(Debug)]
pub struct PostgresServer {
    programs: PathBuf,
    /// Owned by the user that the server runs as.
    folder: PathBuf,
}

/// As few writes as possible, and a log as detailed as needed: every line begins with the name of
/// the client.
const SETTINGS: &str = "-c listen_addresses= -c fsync=off -c log_min_messages=debug1 \
                        -c log_connections=on -c log_disconnections=on -c log_line_prefix=%a:";

impl PostgresServer {
    /// Whether the machine has PostgreSQL, and a user that may run it.
    #[must_use]
    pub fn is_installed() -> bool {
        programs().is_ok() && run(&mut as_server("true")).is_ok()
    }

    /// Starts a server, and waits until it answers.
    ///
    /// # Errors
    ///
    /// When PostgreSQL is not installed, or does not start.
    pub fn start() -> io::Result<Self> {
        let programs = programs()?;
        // In the folder for temporary files, or in one where every user may create files.
        let folder = |options: &[&str]| {
            run(as_server("mktemp").arg("-d").args(options).arg("postgres-XXXXXX"))
        };
        let folder = folder(&["-t"]).or_else(|_| folder(&["-p", "/tmp"]))?;
        // From here on, any error removes the folder.
        let server = Self { programs, folder: folder.trim_end().into() };
        run(server.program("initdb").args([
            "--username=postgres",
            "--auth=trust",
            "--no-sync",
            "--no-instructions",
        ]))?;
        let options = format!("-k {} {SETTINGS}", server.folder.display());
        run(server
            .program("pg_ctl")
            .args(["start", "-w", "-s", "-o", &options, "-l"])
            .arg(server.log_file()))?;
        Ok(server)
    }

    fn program(&self, name: &str) -> Command {
        let mut command = as_server(self.programs.join(name));
        command.arg("-D").arg(self.folder.join("data"));
        command
    }

    fn log_file(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// The connection parameters of a client of this name.
    #[must_use]
    pub fn url(&self, client: &str) -> String {
        format!(
            "postgresql:///postgres?user=postgres&host={}&application_name={client}",
            self.folder.display()
        )
    }

    /// The result of a statement, without headers and alignment.
    ///
    /// # Errors
    ///
    /// When the statement is wrong, or no server answers.
    pub fn query(&self, statement: &str) -> io::Result<String> {
        run(Command::new(self.programs.join("psql"))
            .args(["--no-psqlrc", "--tuples-only", "--no-align", "-c", statement])
            .arg(self.url("psql")))
        .map(|answer| answer.trim_end().to_owned())
    }

    /// What the server logged about clients of this name.
    ///
    /// # Errors
    ///
    /// When the log cannot be read.
    pub fn log_about(&self, client: &str) -> io::Result<Vec<String>> {
        let log = fs::read(self.log_file())?;
        let log = String::from_utf8_lossy(&log);
        Ok(log
            .lines()
            .filter_map(|line| line.strip_prefix(client)?.strip_prefix(':'))
            .map(str::to_owned)
            .collect())
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        let is_there = self.folder.join("data/postmaster.pid").exists();
        let stopped = if is_there {
            run(self.program("pg_ctl").args(["stop", "-w", "-s", "-m", "fast"])).map(drop)
        } else {
            Ok(())
        };
        if let Err(error) = stopped.and_then(|()| fs::remove_dir_all(&self.folder)) {
            eprintln!("the PostgreSQL server was not ended: {error}");
        }
    }
}

/// The folder of the server's programs. Debian has a folder for every version, outside the search
/// path.
fn programs() -> io::Result<PathBuf> {
    let version = |folder: &Path| {
        folder.file_name().and_then(OsStr::to_str).and_then(|name| name.parse::<u32>().ok())
    };
    let folders = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|folder| Some(folder.ok()?.path()));
    let debian = folders.max_by_key(|folder| version(folder)).map(|folder| folder.join("bin"));
    let search_path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = debian.into_iter().chain(std::env::split_paths(&search_path));
    folders.find(|folder| folder.join("initdb").exists()).ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::NotFound,
            "PostgreSQL is needed, and its `initdb` is neither in /usr/lib/postgresql/*/bin nor in \
             PATH; on Debian, install the package `postgresql`",
        )
    })
}

/// A program as a user that may run the server: PostgreSQL refuses the superuser.
fn as_server(program: impl AsRef<OsStr>) -> Command {
    let is_superuser = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if !is_superuser {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program);
    command
}

/// Runs the program in a folder that every user can enter, and returns what it prints.
fn run(command: &mut Command) -> io::Result<String> {
    // The server outlives `pg_ctl` and would keep a pipe open, so its output goes to the log.
    let output = command.current_dir("/").stdin(Stdio::null()).output()?;
    if !output.status.success() {
        return Err(io::Error::other(format!(
            "{command:?} ended with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        )));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
