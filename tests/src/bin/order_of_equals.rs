//! Declares and registers handlers of one priority, in every kind of place in one file.

use exitmacro::at_exit;

#[at_exit]
fn declared_at_the_top() {
    println!("declared: at the top");
}

mod outer {
    use exitmacro::at_exit;

    #[at_exit]
    fn before_the_inner_module() {
        println!("declared: before the inner module");
    }

    mod inner {
        #[exitmacro::at_exit]
        fn in_the_inner_module() {
            println!("declared: in the inner module");
        }
    }

    #[at_exit]
    fn behind_the_inner_module() {
        println!("declared: behind the inner module");
    }
}

// The handlers are on one line, so that only the column distinguishes them.
#[rustfmt::skip]
mod columns {
    use exitmacro::at_exit;

    #[at_exit] fn z_left() { say("left"); } #[at_exit] fn a_right() { say("right"); }

    fn say(place: &str) {
        println!("declared: {place}");
    }
}

macro_rules! handlers {
    ($($name:ident)*) => {$(
        #[at_exit]
        fn $name() {
            println!("declared: {}", stringify!($name));
        }
    )*};
}

handlers! { z_first_of_a_macro a_second_of_a_macro }

macro_rules! handler_of_its_own {
    ($module:ident) => {
        mod $module {
            #[exitmacro::at_exit]
            fn close() {
                println!("declared: {}", module_path!());
            }
        }
    };
}

// All tokens of these two handlers are in the macro, so that only their modules distinguish them.
handler_of_its_own!(made_a);
handler_of_its_own!(made_b);

fn generic<T: std::fmt::Debug>(value: T) {
    #[at_exit]
    fn close() {
        println!("declared: in a generic function");
    }

    println!("{value:?}");
}

fn main() -> Result<(), exitmacro::RegisterError> {
    #[at_exit]
    fn close() {
        println!("declared: in `main`");
    }

    exitmacro::register(|| println!("registered: first"))?;
    let taken_back = exitmacro::register(|| println!("registered: taken back"))?;
    exitmacro::register(|| println!("registered: second"))?;
    _ = exitmacro::unregister(taken_back);
    // In the slot of the handler that was unregistered, but later than the second.
    exitmacro::register(|| println!("registered: third"))?;
    // Two types, but one handler: it is declared once, however often the function is instantiated.
    generic(1);
    generic("text");
    Ok(())
}
