//! Limits for the figures of the crate.

use super::figure::Figure;
use super::table::{short, shown, whole};

pub(super) struct Target {
    pub(super) what: &'static str,
    /// The largest permitted figure.
    pub(super) limit: f64,
    pub(super) measured: Figure,
    pub(super) unit: &'static str,
    /// The reason, while it is exceeded.
    pub(super) reason: Option<String>,
}

impl Target {
    pub(super) fn new(
        what: &'static str,
        limit: f64,
        unit: &'static str,
        measured: Figure,
        reason: impl FnOnce() -> String,
    ) -> Self {
        let is_missed = measured.is_ok_and(|measured| measured > limit);
        Self { what, limit, measured, unit, reason: is_missed.then(reason) }
    }

    pub(super) fn cells(&self) -> [String; 4] {
        let show = |number: f64| {
            let number = if self.unit == "×" {
                format!("{number:.2}")
            } else if number.fract() == 0.0 {
                whole(number)
            } else {
                short(number)
            };
            format!("{number} {}", self.unit).trim_end().to_owned()
        };
        let verdict = match self.measured {
            Ok(_) if self.reason.is_some() => "**missed**",
            Ok(_) => "met",
            Err(_) => "",
        };
        [self.what.to_owned(), show(self.limit), shown(self.measured, show), verdict.to_owned()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::figure::Missing;

    fn verdict(measured: Figure) -> (String, Option<String>) {
        let target =
            Target::new("start-up", 3000.0, "instructions", measured, || "the loader".to_owned());
        (target.cells()[3].clone(), target.reason)
    }

    #[test]
    fn the_limit_itself_meets_the_target() {
        assert_eq!(verdict(Ok(3000.0)), ("met".to_owned(), None));
        assert_eq!(verdict(Ok(3000.1)), ("**missed**".to_owned(), Some("the loader".to_owned())));
        assert_eq!(verdict(Err(Missing::LeftOut)), (String::new(), None));
    }

    #[test]
    fn ratios_keep_their_decimals() {
        let target = Target::new("register", 1.5, "×", Ok(0.987), String::new);
        assert_eq!(target.cells()[1..3], ["1.50 ×", "0.99 ×"]);
    }
}
