//! What is the same in each picture: colours, patterns and signs.

use crate::picture::draw::{Px, path, rectangle};
use crate::report::Outcome;
use core::fmt::{self, Write};

/// Colours for light and dark, which differ in lightness too; no variables, which few programs
/// besides browsers know.
pub(super) const STYLE: &str = "<style>
.exitmacro{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace}
.exitmacro .sans{font-family:system-ui,-apple-system,'Segoe UI',Roboto,\
    'Helvetica Neue','DejaVu Sans',sans-serif}
.exitmacro .page{fill:#fff}
.exitmacro text{fill:#1f2328}
.exitmacro .h1{font-size:17px;font-weight:600}
.exitmacro .h2{font-size:13px}
.exitmacro .b{font-weight:700}
.exitmacro .m{fill:#59636e}
.exitmacro .z{fill:#818b98;fill-opacity:.08}
.exitmacro .row:hover .z,.exitmacro .row:hover .o{fill:#54aeff;fill-opacity:.2}
.exitmacro .o{fill:#fff;fill-opacity:0}
.exitmacro .g{stroke:#d1d9e0;fill:none}
.exitmacro .l{stroke:#818b98;stroke-opacity:.55;fill:none}
.exitmacro .w{stroke:#1f2328;stroke-width:1.5;fill:none}
.exitmacro .k{stroke:#1f2328;stroke-width:1.5}
.exitmacro .u{stroke:#bc4c00;stroke-width:1.5;stroke-dasharray:5 3;fill:none}
.exitmacro .c{fill:#3b82c4}
.exitmacro .e{fill:#2a9d8f}
.exitmacro .f{fill:#cf222e}
.exitmacro .p{fill:#8250df}
.exitmacro .t{fill:#bf6a02}
.exitmacro .s{fill:none;stroke:#59636e;stroke-width:1.2;stroke-dasharray:3 2}
.exitmacro .i{fill:none;stroke:#1f2328;stroke-width:1.6;stroke-linecap:round;stroke-linejoin:round}
.exitmacro .ic{stroke:#3b82c4}
.exitmacro .ie{stroke:#2a9d8f}
.exitmacro .if{stroke:#cf222e}
.exitmacro .ip{stroke:#8250df}
.exitmacro .it{stroke:#bf6a02}
.exitmacro .is{stroke:#59636e}
.exitmacro .h{stroke:#fff;stroke-opacity:.65;stroke-width:2;fill:none}
@media (prefers-color-scheme:dark){
.exitmacro .page{fill:#0d1117}
.exitmacro text{fill:#e6edf3}
.exitmacro .m{fill:#9198a1}
.exitmacro .g{stroke:#30363d}
.exitmacro .w,.exitmacro .k{stroke:#f0f6fc}
.exitmacro .u{stroke:#f0883e}
.exitmacro .c{fill:#58a6ff}
.exitmacro .e{fill:#56d4c4}
.exitmacro .f{fill:#ff7b72}
.exitmacro .p{fill:#bc8cff}
.exitmacro .t{fill:#e3a03c}
.exitmacro .s{stroke:#9198a1}
.exitmacro .ic{stroke:#58a6ff}
.exitmacro .ie{stroke:#56d4c4}
.exitmacro .if{stroke:#ff7b72}
.exitmacro .ip{stroke:#bc8cff}
.exitmacro .it{stroke:#e3a03c}
.exitmacro .is{stroke:#9198a1}
.exitmacro .h{stroke:#0d1117}
}
</style>
<defs>
<pattern id=\"exitmacro-f\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">\
    <path class=\"h\" d=\"M-2 2 2-2M-2 8 8-2M4 8 8 4\"/></pattern>
<pattern id=\"exitmacro-p\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">\
    <path class=\"h\" d=\"M-1-1 7 7M-1 7 7-1\"/></pattern>
</defs>
";

/// How an outcome looks: its class, and its name in the legend.
pub(super) fn look(outcome: &Outcome) -> (char, &'static str) {
    match outcome {
        Outcome::Completed => ('c', "completed"),
        Outcome::Exited(_) => ('e', "exited"),
        Outcome::Failed(_) => ('f', "failed"),
        Outcome::Panicked(_) => ('p', "panicked"),
        Outcome::TimedOut => ('t', "timed out"),
        Outcome::Skipped(_) => ('s', "skipped"),
    }
}

/// The height of a bar.
pub(super) const BAR: f64 = 12.0;

/// The bar of a handler around the height `y`, with an outline where it is on the longest way.
/// Without colours: completed is plain, failed striped, panicked crossed, timed out ragged at its
/// end, skipped hollow.
pub(super) fn bar(
    out: &mut dyn Write,
    class: char,
    (x, y, width): (f64, f64, f64),
    is_on_way: bool,
) -> fmt::Result {
    let top = y - BAR / 2.0;
    let outline = if is_on_way { " k" } else { "" };
    if class == 't' {
        let (right, tooth) = (x + width, width.min(4.0));
        let shape = "M# #H#l# 3 # 3 # 3 # 3H#z";
        let numbers = [x, top, right, -tooth, tooth, -tooth, tooth, x];
        return path(out, &format!("t{outline}"), shape, &numbers);
    }
    let extent = [x, top, width, BAR];
    rectangle(out, &format!("class=\"{class}{outline}\""), extent)?;
    match class {
        'f' | 'p' => rectangle(out, &format!("fill=\"url(#exitmacro-{class})\""), extent),
        _ => Ok(()),
    }
}

/// The sign of an outcome around that place.
pub(super) fn sign(out: &mut dyn Write, class: char, x: f64, y: f64) -> fmt::Result {
    let shape = match class {
        'c' => "M-4 0-1 3 4-4",
        'e' => "M-5 0H2M-1-3 2 0-1 3M5-4V4",
        'f' => "M-3.5-3.5 3.5 3.5M-3.5 3.5 3.5-3.5",
        'p' => "M0-5 5 4H-5ZM0-1.5V1",
        't' => "M5 0A5 5 0 1 1-5 0 5 5 0 1 1 5 0M0-3V0L2 1.5",
        _ => "M5 0A5 5 0 1 1-5 0 5 5 0 1 1 5 0M-3.4 3.4 3.4-3.4",
    };
    let (x, y) = (Px(x), Px(y));
    write!(out, "<path class=\"i i{class}\" transform=\"translate({x} {y})\" d=\"{shape}\"/>")
}
