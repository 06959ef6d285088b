//! File ownership. The files of an installation belong to the owner of its folder, no matter which user creates them.
//! Otherwise a command run by root would leave files that the service cannot open.

use std::fs::{self, DirBuilder};
use std::io::Error;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, lchown};
use std::path::Path;

/// A user and a group that can own files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// The numeric id of the user.
    pub user: u32,
    /// The numeric id of the group.
    pub group: u32,
}

impl Owner {
    /// Returns the owner of a folder if this process runs as root, whose new files have to be given to that owner.
    /// Returns `None` for other users, who cannot give files away.
    pub fn of(folder: &Path) -> Result<Option<Self>, Error> {
        if rustix::process::geteuid().is_root() { Self::found(folder).map(Some) } else { Ok(None) }
    }

    /// Returns the owner of the folder that contains a path. If the folder does not exist yet, uses the nearest
    /// ancestor that does.
    pub fn around(path: &Path) -> Result<Option<Self>, Error> {
        let nearest = path.ancestors().skip(1).find(|folder| folder.is_dir());
        // The last ancestor of a relative path is empty.
        Self::of(nearest.unwrap_or(Path::new(".")))
    }

    /// Returns the current owner of a file or folder.
    pub fn found(path: &Path) -> Result<Self, Error> {
        let found = fs::metadata(path)?;
        Ok(Self { user: found.uid(), group: found.gid() })
    }

    /// Changes the owner of a file or folder. Does not follow symbolic links, because the owner of the folder could
    /// point them anywhere.
    pub fn give(owner: Option<Self>, path: &Path) -> Result<(), Error> {
        match owner {
            Some(Self { user, group }) => lchown(path, Some(user), Some(group)),
            None => Ok(()),
        }
    }
}

/// Gives a new file or folder to the owner of the folder that contains it.
pub fn give_as_around(path: &Path) -> Result<(), Error> {
    Owner::give(Owner::around(path)?, path)
}

/// Creates a folder of mode 0700 and its missing parents. Each belongs to the owner of its parent.
pub fn make_folder(path: &Path) -> Result<(), Error> {
    let missing: Vec<_> = path.ancestors().take_while(|folder| !folder.is_dir() && *folder != Path::new("")).collect();
    for folder in missing.into_iter().rev() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        give_as_around(folder)?;
    }
    Ok(())
}
