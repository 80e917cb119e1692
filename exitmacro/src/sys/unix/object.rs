//! The objects of a process: the executable and the shared objects.

#[cfg(not(target_vendor = "apple"))]
use core::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// Takes the lock of the loader, but only the first time: all code of this crate is in one object.
#[inline(never)]
pub(crate) fn is_in_main_program(code: *const ()) -> bool {
    const UNKNOWN: u8 = 0;
    const YES: u8 = 1;
    const NO: u8 = 2;
    static KNOWN: AtomicU8 = AtomicU8::new(UNKNOWN);
    match KNOWN.load(Relaxed) {
        UNKNOWN => {
            let found = look_up(code);
            KNOWN.store(if found { YES } else { NO }, Relaxed);
            found
        }
        known => known == YES,
    }
}

/// The type of a segment that is loaded, of the ELF format. The crate `libc` does not name it on
/// each system.
#[cfg(not(target_vendor = "apple"))]
const PT_LOAD: u32 = 1;

/// An object that is loaded.
#[cfg(not(target_vendor = "apple"))]
pub(super) struct Object<'a>(&'a libc::dl_phdr_info);

#[cfg(not(target_vendor = "apple"))]
impl Object<'_> {
    /// The type, the address and the size of each of its segments.
    pub(super) fn segments(&self) -> impl Iterator<Item = (u32, usize, usize)> {
        (0..usize::from(self.0.dlpi_phnum)).map(|index| {
            // SAFETY: the object has `dlpi_phnum` headers.
            let header = unsafe { &*self.0.dlpi_phdr.add(index) };
            let start = (self.0.dlpi_addr as usize).wrapping_add(header.p_vaddr as usize);
            (header.p_type, start, header.p_memsz as usize)
        })
    }

    pub(super) fn has(&self, address: usize) -> bool {
        self.segments()
            .any(|(kind, start, size)| kind == PT_LOAD && address.wrapping_sub(start) < size)
    }
}

/// Calls the function with one object after the other, until it returns `true`. Takes a lock of the
/// loader.
#[cfg(not(target_vendor = "apple"))]
pub(super) fn each_object<F: FnMut(&Object<'_>) -> bool>(mut is_last: F) {
    unsafe extern "C" fn visit<F: FnMut(&Object<'_>) -> bool>(
        info: *mut libc::dl_phdr_info,
        _size: usize,
        is_last: *mut c_void,
    ) -> c_int {
        // SAFETY: `dl_iterate_phdr` passes a valid entry, and the function given to it below.
        let (info, is_last) = unsafe { (&*info, &mut *is_last.cast::<F>()) };
        c_int::from(is_last(&Object(info)))
    }

    // SAFETY: `visit` has the right type, and the function outlives the call.
    unsafe { libc::dl_iterate_phdr(Some(visit::<F>), (&raw mut is_last).cast()) };
}

#[cfg(not(target_vendor = "apple"))]
#[inline(never)]
fn look_up(code: *const ()) -> bool {
    let mut is_programs = false;
    each_object(|object| {
        let is_program = is_of_program(object.0);
        is_programs = is_program && object.has(code as usize);
        // The other objects do not matter.
        is_program
    });
    is_programs
}

/// Whether an entry of `dl_iterate_phdr` is the program's: the loaders of glibc, musl, the BSDs and
/// illumos begin with it.
#[cfg(not(any(target_vendor = "apple", target_os = "android")))]
fn is_of_program(_first: &libc::dl_phdr_info) -> bool {
    true
}

/// The same: the loader of Android begins with itself. The kernel passes the address of the
/// program's headers.
#[cfg(target_os = "android")]
fn is_of_program(info: &libc::dl_phdr_info) -> bool {
    // SAFETY: `getauxval` allows every argument.
    info.dlpi_phdr as usize == unsafe { libc::getauxval(libc::AT_PHDR) } as usize
}

/// By the type of the object, because dyld has libraries that `DYLD_INSERT_LIBRARIES` names before
/// the program.
#[cfg(target_vendor = "apple")]
fn look_up(code: *const ()) -> bool {
    /// The first fields of `mach_header` and `mach_header_64`, which are the same.
    #[repr(C)]
    struct Header {
        magic: u32,
        processor: [u32; 2],
        file_type: u32,
    }
    const MH_EXECUTE: u32 = 2;

    object_of(code).is_some_and(|info| {
        let header = info.dli_fbase.cast::<Header>();
        // SAFETY: `dladdr` gives the address of the header of an object that is loaded, and the
        // code stays there: it runs, or a disposition leads to it.
        !header.is_null() && unsafe { (*header).file_type } == MH_EXECUTE
    })
}

/// The functions of the loader, which only shared objects need: looked up when they are needed, not
/// whenever a program starts. A static program has no loader that could look them up.
#[cfg(all(target_os = "linux", target_env = "gnu", not(target_feature = "crt-static")))]
mod loader {
    use core::ffi::{CStr, c_char, c_int, c_void};

    type Dladdr = unsafe extern "C" fn(*const c_void, *mut libc::Dl_info) -> c_int;
    type Dlopen = unsafe extern "C" fn(*const c_char, c_int) -> *mut c_void;

    fn find(name: &CStr) -> *mut c_void {
        // SAFETY: the name is a C string.
        unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) }
    }

    /// Like libc's.
    pub(super) unsafe fn dladdr(code: *const c_void, info: *mut libc::Dl_info) -> c_int {
        // SAFETY: null becomes `None`; any other value is the function of that name, of this type.
        let found = unsafe { core::mem::transmute::<*mut c_void, Option<Dladdr>>(find(c"dladdr")) };
        // SAFETY: the caller keeps the contract of libc's function.
        found.map_or(0, |dladdr| unsafe { dladdr(code, info) })
    }

    /// Like libc's.
    pub(super) unsafe fn dlopen(path: *const c_char, mode: c_int) -> *mut c_void {
        // SAFETY: null becomes `None`; any other value is the function of that name, of this type.
        let found = unsafe { core::mem::transmute::<*mut c_void, Option<Dlopen>>(find(c"dlopen")) };
        // SAFETY: the caller keeps the contract of libc's function.
        found.map_or(core::ptr::null_mut(), |dlopen| unsafe { dlopen(path, mode) })
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu", not(target_feature = "crt-static"))))]
use libc as loader;

fn object_of(code: *const ()) -> Option<libc::Dl_info> {
    let mut info = core::mem::MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: every address is allowed, and `info` is writable.
    let known = unsafe { loader::dladdr(code.cast(), info.as_mut_ptr()) } != 0;
    // SAFETY: all zeroes is a valid `Dl_info`, and `dladdr` only writes valid ones.
    known.then(|| unsafe { info.assume_init() })
}

#[inline(never)]
pub(crate) fn keep_loaded(code: *const ()) {
    if let Some(info) = object_of(code) {
        // SAFETY: `dli_fname` is a C string owned by the loader. The handle is leaked on purpose:
        // it pins the object.
        unsafe {
            loader::dlopen(info.dli_fname, libc::RTLD_NOW | libc::RTLD_NOLOAD | libc::RTLD_NODELETE)
        };
    }
}

/// The same for code that may be of another crate, and may be part of the executable, which stays
/// anyway.
pub(crate) fn keep_object_loaded(code: *const ()) {
    if !look_up(code) {
        keep_loaded(code);
    }
}
