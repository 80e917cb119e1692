use exitmacro::at_exit;

macro_rules! handlers {
    ($($name:ident: $priority:expr, $timeout:literal, $context:ty;)*) => {$(
        #[at_exit(priority = $priority, timeout = $timeout)]
        fn $name(_exit: $context) {}
    )*};
}

handlers! {
    first: 2 + 1, "5s", &exitmacro::ExitContext;
    second: -2, "250ms", &exitmacro::ExitContext;
}

fn main() {}
