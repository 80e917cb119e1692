//! A measured number, or why there is none.

use core::fmt;

pub(crate) type Figure = Result<f64, Missing>;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Missing {
    /// The tool is missing, or has no figure. This is the name of its package.
    Tool(&'static str),
    /// This run does not measure the figure.
    LeftOut,
    /// The measured event did not happen, such as two threads that run concurrently.
    DidNotHappen,
    /// The peer does not support it.
    Cannot,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tool(package) => write!(f, "not measured: install {package}"),
            Self::LeftOut => f.write_str("not measured: left out by `--quick`"),
            Self::DidNotHappen => f.write_str("not measured: the machine was too busy"),
            Self::Cannot => f.write_str("–"),
        }
    }
}

/// The first without the second, where both are known.
pub(super) fn less(a: Figure, b: Figure) -> Figure {
    Ok(a? - b?)
}

/// The first as a multiple of the second, where both are known.
pub(super) fn over(a: Figure, b: Figure) -> Figure {
    Ok(a? / b?)
}

/// The largest that is known.
pub(super) fn worst(figures: impl IntoIterator<Item = Figure>) -> Figure {
    let larger = |a: Figure, b: Figure| match (a, b) {
        (Ok(a), Ok(b)) => Ok(a.max(b)),
        (Err(_), Ok(_)) => b,
        _ => a,
    };
    figures.into_iter().reduce(larger).unwrap_or(Err(Missing::Cannot))
}

/// The median of several figures, which must be known.
pub(super) fn median(figures: impl IntoIterator<Item = Figure>) -> Figure {
    let mut figures = figures.into_iter().collect::<Result<Vec<f64>, Missing>>()?;
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().ok_or(Missing::Cannot)
}

/// The figure that a quarter of several figures reach, which must be known.
pub(super) fn upper_quartile(figures: impl IntoIterator<Item = Figure>) -> Figure {
    let mut figures = figures.into_iter().collect::<Result<Vec<f64>, Missing>>()?;
    figures.sort_by(|one, other| other.total_cmp(one));
    figures.get(figures.len() / 4).copied().ok_or(Missing::Cannot)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Figure = Err(Missing::Tool("valgrind"));

    #[test]
    fn what_lacks_a_part_says_which_tool_is_missing() {
        assert_eq!(less(Ok(3.0), Ok(1.0)), Ok(2.0));
        assert_eq!(less(NONE, Ok(1.0)), NONE);
        assert_eq!(over(Ok(3.0), NONE), NONE);
        assert_eq!(NONE.unwrap_err().to_string(), "not measured: install valgrind");
    }

    #[test]
    fn the_worst_is_the_largest_of_those_that_are_known() {
        assert_eq!(worst([Ok(1.0), NONE, Ok(3.0), Ok(2.0)]), Ok(3.0));
        assert_eq!(worst([NONE, Ok(1.0)]), Ok(1.0));
        assert_eq!(worst([NONE, NONE]), NONE);
    }

    #[test]
    fn the_median_and_the_quartile_need_all() {
        assert_eq!(median([Ok(3.0), Ok(1.0), Ok(2.0)]), Ok(2.0));
        assert_eq!(median([Ok(3.0), NONE]), NONE);
        let eleven = [9.0, 1.0, 8.0, 2.0, 7.0, 11.0, 10.0, 3.0, 4.0, 6.0, 5.0].map(Ok);
        assert_eq!(upper_quartile(eleven), Ok(9.0));
        assert_eq!(upper_quartile([Ok(3.0), NONE]), NONE);
    }
}
