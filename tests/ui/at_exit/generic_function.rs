use exitmacro::at_exit;

#[at_exit]
fn of_a_type<T: Default>() {}

#[at_exit]
fn of_a_lifetime<'a>(_exit: &'a exitmacro::ExitContext) {}

#[at_exit]
fn with_a_clause()
where
    String: Clone,
{
}

fn main() {}
