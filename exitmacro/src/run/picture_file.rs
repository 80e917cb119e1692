//! Writes the picture or the trace that `EXITMACRO_TRACE` asks for.

use crate::config::env::TRACE;
use crate::config::{PictureFile, PictureFormat};
use crate::picture::svg::write_svg;
use crate::picture::trace::write_trace;
use crate::report::Report;
use crate::report::line::say;
use crate::run::file::open;
use crate::run::global::whole_report;
use crate::sys;
use crate::text::duration::Size;
use crate::timed_work::{self, NotDone};
use crate::times::PICTURE_TIMEOUT;
use core::fmt;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Draws all of the run, and waits for that no longer than it may take.
pub(super) fn draw(file: PictureFile) {
    if sys::is_starved() {
        return;
    }
    let report = whole_report();
    match timed_work::run(PICTURE_TIMEOUT, "exitmacro-trace", move || leave(file, &report)) {
        Ok(_) => {}
        Err(NotDone::NoThread(error)) => say(format_args!(
            "{TRACE}: no thread could be started ({error}): {} is not written",
            file.path
        )),
        Err(NotDone::Late) => say(format_args!(
            "{TRACE}: {} could not be written within {}; name a file on another disk",
            file.path,
            Size(PICTURE_TIMEOUT)
        )),
    }
}

fn leave(file: PictureFile, report: &Report) {
    let path = path(file.path);
    if let Err(error) = write(&path, file.format, report) {
        say(format_args!(
            "{TRACE}: {} cannot be written: {error}; name a file that this user may write",
            path.display()
        ));
    }
}

/// Absolute, so that a line names the file wherever the program has gone.
fn path(text: &str) -> PathBuf {
    let path = PathBuf::from(text.replace("%p", &std::process::id().to_string()));
    std::path::absolute(&path).unwrap_or(path)
}

/// Piece by piece: a trace may be longer than the memory that is left.
fn write(path: &Path, format: PictureFormat, report: &Report) -> io::Result<()> {
    let mut out = Out { file: BufWriter::new(open(path)?), error: None };
    let written = match format {
        PictureFormat::Svg => write_svg(report, &mut out),
        PictureFormat::Trace => write_trace(report, &mut out),
    };
    match out.error {
        Some(error) => Err(error),
        None => written.map_err(io::Error::other).and_then(|()| out.file.flush()),
    }
}

/// Takes text for a file, and keeps the error that `fmt` has no room for.
struct Out<W: Write> {
    file: W,
    error: Option<io::Error>,
}

impl<W: Write> fmt::Write for Out<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.file.write_all(text.as_bytes()).map_err(|error| {
            self.error = Some(error);
            fmt::Error
        })
    }
}
