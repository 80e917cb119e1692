//! The page of the guide shows these files.

use crate::read;

#[test]
fn the_page_shows_the_files_as_they_are() {
    let page = read("../../exitmacro/src/guide/orchestrators.md");
    for (file, language) in [
        ("billing.service", "ini"),
        ("deployment.yaml", "yaml"),
        ("Dockerfile", "dockerfile"),
        ("s6/run", "text"),
        ("s6/timeout-kill", "text"),
    ] {
        let shown = format!("`examples/deploy/{file}`:\n\n```{language}\n{}```\n", read(file));
        assert!(page.contains(&shown), "the page does not show {file}");
    }
    assert!(page.contains("`examples/deploy/src/main.rs`"));
}
