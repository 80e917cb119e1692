//! Resources whose paths change, in other processes, or in errors.

use crate::forked::{fork, wait_for};
use crate::{close_all, kept, made};
use exitmacro::resource;
use std::fs;
use std::io::{self};
use std::os::unix::net::UnixListener;
use std::path::Path;

/// Runs the case, if it is one of these.
pub(crate) fn run(what: &str, folder: &Path) -> bool {
    match what {
        "in a forked child" => in_a_forked_child(folder),
        "after chdir" | "after chroot" | "after all descriptors were closed" => {
            found_again(what, folder)
        }
        "lost by a move" | "lost by chroot" => lost(what, folder),
        "errors that name a path" => errors_that_name_a_path(folder),
        _ => return false,
    }
    true
}

fn in_a_forked_child(folder: &Path) {
    let dir = resource::temp_dir().expect("it can be made");
    let pid_file = resource::pid_file(folder.join("pid")).expect("it can be made");
    let Some(child) = fork() else {
        drop((dir, pid_file));
        std::process::exit(0);
    };
    assert_eq!(wait_for(child), 0);
    println!("{} {}", dir.path().exists(), pid_file.path().exists());
    println!("{:?}", made(resource::pid_file(folder.join("pid"))));
}

fn errors_that_name_a_path(folder: &Path) {
    let text = |error: io::Error| error.to_string().replace(&*folder.to_string_lossy(), "_");
    let socket = folder.join("socket");
    let _other = UnixListener::bind(&socket).expect("the place is free");
    println!("{}", resource::unix_socket(&socket).map_err(text).expect_err("it is in use"));
    let inside = folder.join("gone");
    println!(
        "{}",
        resource::pid_file(inside.join("pid"))
            .map_err(text)
            .expect_err("there is no such directory")
    );
    fs::create_dir(&inside).expect("the place is free");
    std::env::set_current_dir(&inside).expect("it is there");
    fs::remove_dir(&inside).expect("it is empty");
    println!(
        "{}",
        resource::pid_file("pid").map_err(text).expect_err("there is no such directory")
    );
    println!(
        "{}",
        resource::unix_socket("socket").map_err(text).expect_err("there is no such directory")
    );
    let long = "long".repeat(30);
    println!("{}", resource::unix_socket(long).map_err(text).expect_err("it is too long"));
}

/// Resources of relative paths, in a process that is elsewhere when they are removed.
fn found_again(what: &str, folder: &Path) {
    std::env::set_current_dir(folder).expect("it is there");
    fs::create_dir_all("run/inner").expect("the place is free");
    let socket = kept(resource::unix_socket("run/socket").expect("it can be made"));
    let pid_file = kept(resource::pid_file("pid").expect("it can be made"));
    // SAFETY: no other thread runs.
    unsafe { std::env::set_var("TMPDIR", "run/inner") };
    let dir = kept(resource::temp_dir().expect("it can be made"));
    let file = kept(resource::temp_file().expect("it can be made"));
    fs::create_dir_all(dir.path().join("one/two")).expect("it is there");
    fs::write(dir.path().join("one/two/file"), "text").expect("it is there");
    fs::write("outside", "text").expect("it is there");
    std::os::unix::fs::symlink(
        std::path::absolute("run").expect("it is there"),
        dir.path().join("one/link"),
    )
    .expect("the place is free");
    println!(
        "{} {} {} {}",
        socket.path().exists(),
        pid_file.path().exists(),
        dir.path().exists(),
        file.path().exists()
    );
    match what {
        "after chroot" => {
            // SAFETY: a C string, and no preconditions.
            if unsafe { libc::chroot(c"run/inner".as_ptr()) } != 0 {
                println!(
                    "left out: this user may not change the root: {}; root may",
                    io::Error::last_os_error()
                );
            }
            std::env::set_current_dir("/").expect("it is there");
            pid_file.rewrite().expect("it is there");
        }
        "after chdir" => {
            std::env::set_current_dir("/").expect("it is there");
            pid_file.rewrite().expect("it is there");
        }
        _ => {
            std::env::set_current_dir("/").expect("it is there");
            close_all();
        }
    }
}

/// Resources that are found again neither by a descriptor nor by a path.
fn lost(what: &str, folder: &Path) {
    std::env::set_current_dir(folder).expect("it is there");
    fs::create_dir("here").expect("the place is free");
    kept(resource::unix_socket("here/socket").expect("it can be made"));
    kept(resource::pid_file("here/pid").expect("it can be made"));
    // SAFETY: no other thread runs.
    unsafe { std::env::set_var("TMPDIR", "here") };
    kept(resource::temp_dir().expect("it can be made"));
    kept(resource::temp_file().expect("it can be made"));
    close_all();
    if what == "lost by a move" {
        fs::rename("here", "elsewhere").expect("the place is free");
    } else if let Err(error) = std::os::unix::fs::chroot("here") {
        println!("left out: this user may not change the root: {error}; root may");
    }
}
