//! Where each setting of the run comes from.

use crate::config::declared::{self, Settings};
use crate::config::{env, read};
use crate::environment::Environment;
use crate::handler::Location;
use core::fmt;

/// Where a setting comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Default,
    /// `#[exitmacro::main]`.
    Main(Location),
    /// `config!`.
    Config(Location),
    /// A variable of the environment.
    Variable(&'static str),
}

impl Origin {
    fn of(settings: &Settings) -> Self {
        let is_by_config = declared::by_config().is_some_and(|it| core::ptr::eq(it, settings));
        if is_by_config { Self::Config(settings.location) } else { Self::Main(settings.location) }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Main(location) => write!(f, "`#[exitmacro::main]` at {location}"),
            Self::Config(location) => write!(f, "`config!` at {location}"),
            Self::Variable(name) => f.write_str(name),
        }
    }
}

/// Where the settings of this process come from.
pub(crate) struct Origins {
    /// Of all that the program states.
    pub(crate) program: Option<Origin>,
    pub(crate) budget: Origin,
    pub(crate) timeout: Origin,
    pub(crate) threads: Origin,
    pub(crate) on_failure: Origin,
}

/// Looks for them.
pub(crate) fn origins() -> Origins {
    let settings = declared::in_effect();
    let program = settings.map(Origin::of);
    let stated = |is_stated: fn(&Settings) -> bool| {
        program.filter(|_| settings.is_some_and(is_stated)).unwrap_or(Origin::Default)
    };
    let by_variable = read::variable(&Environment::of_this_process(), env::BUDGET)
        .is_some_and(|text| text.to_str().and_then(env::budget).is_some());
    Origins {
        program,
        budget: if by_variable {
            Origin::Variable(env::BUDGET)
        } else {
            stated(|settings| settings.budget.is_some())
        },
        timeout: stated(|settings| settings.timeout.is_some()),
        threads: stated(|settings| settings.threads.is_some()),
        on_failure: stated(|settings| settings.on_failure.is_some()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_can_be_found_in_the_source() {
        let location = Location::new("src/main.rs", 3);
        assert_eq!(
            [
                Origin::Default,
                Origin::Main(location),
                Origin::Config(location),
                Origin::Variable("X")
            ]
            .map(|origin| origin.to_string()),
            ["default", "`#[exitmacro::main]` at src/main.rs:3", "`config!` at src/main.rs:3", "X"]
        );
    }
}
