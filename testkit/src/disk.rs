use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::World;
use crate::tools::missing;

/// A tmpfs that is mounted on a folder. It is unmounted when this is dropped.
#[derive(Debug)]
pub(crate) struct Disk(PathBuf);

impl Disk {
    /// Mounts a disk of this size. Returns `None` if the machine does not allow the mount.
    pub(crate) fn mount(folder: &Path, kilobytes: u32) -> Option<Self> {
        std::fs::create_dir_all(folder).unwrap();
        let options = format!("size={kilobytes}k,mode=0700");
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder);
        if command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
            return Some(Self(folder.to_owned()));
        }
        missing("the right to mount a disk in memory");
        None
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // A lazy unmount, because a server on this disk may still be shutting down.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

impl World {
    /// Fills the disk of the data folder, except for this many kilobytes.
    pub fn fill_disk(&self, room: u64) {
        let mut ballast = File::create(self.ballast()).unwrap();
        let mut length = 0;
        loop {
            match ballast.write(&[0; 4096]) {
                Ok(written) => length += written as u64,
                Err(error) if error.kind() == ErrorKind::StorageFull => break,
                Err(error) => panic!("{error}"),
            }
        }
        assert!(length >= room * 1024, "the disk has only {length} bytes");
        ballast.set_len(length - room * 1024).unwrap();
    }

    /// Frees the space that [`World::fill_disk`] took.
    pub fn free_disk(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }

    fn ballast(&self) -> PathBuf {
        assert!(self.disk.is_some(), "the data folder has no disk of its own");
        self.data().join("ballast")
    }
}
