//! Puts the figures into the README, between two comments.

use std::fs;
use std::path::PathBuf;

const BEGIN: &str = "<!-- begin of the figures -->\n";
const END: &str = "<!-- end of the figures -->\n";

pub(crate) fn put(figures: &str) {
    let folder =
        PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs this program"));
    let path = folder.join("README.md");
    let readme = fs::read_to_string(&path).expect("the README can be read");
    fs::write(path, replaced(&readme, figures).expect("the README says where the figures go"))
        .expect("the README can be written");
}

fn replaced(readme: &str, figures: &str) -> Option<String> {
    let (before, rest) = readme.split_once(BEGIN)?;
    let (_old, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{figures}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_comments_changes() {
        let readme = format!("a\n{BEGIN}old\n{END}b\n");
        assert_eq!(replaced(&readme, "new\n\n"), Some(format!("a\n{BEGIN}\nnew\n\n{END}b\n")));
        assert_eq!(replaced("a\n", "new\n"), None);
    }
}
