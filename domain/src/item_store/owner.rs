//! Whose the files of an installation are: those of the owner of its folder, whoever makes them. Otherwise a command that
//! root runs would leave files that the service cannot open.

use std::fs::{self, DirBuilder};
use std::io::Error;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, lchown};
use std::path::Path;

/// Whom files are given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) user: u32,
    pub(crate) group: u32,
}

impl Owner {
    /// The owner of a folder, where files of this process would get another and it may give them away.
    pub(crate) fn of(folder: &Path) -> Result<Option<Self>, Error> {
        if rustix::process::geteuid().is_root() { Self::found(folder).map(Some) } else { Ok(None) }
    }

    /// The owner of the folder in which a path is. Of a folder that is still to be made the nearest one tells.
    pub(crate) fn around(path: &Path) -> Result<Option<Self>, Error> {
        let nearest = path.ancestors().skip(1).find(|folder| folder.is_dir());
        // Of a relative path the last ancestor is empty.
        Self::of(nearest.unwrap_or(Path::new(".")))
    }

    /// Who has a file or folder now.
    pub(crate) fn found(path: &Path) -> Result<Self, Error> {
        let found = fs::metadata(path)?;
        Ok(Self { user: found.uid(), group: found.gid() })
    }

    /// Gives a file or folder away. A link is not followed: who owns the folder could let it lead anywhere.
    pub(crate) fn give(owner: Option<Self>, path: &Path) -> Result<(), Error> {
        match owner {
            Some(Self { user, group }) => lchown(path, Some(user), Some(group)),
            None => Ok(()),
        }
    }
}

/// Gives a new file or folder to the owner of the folder in which it is.
pub(crate) fn give_as_around(path: &Path) -> Result<(), Error> {
    Owner::give(Owner::around(path)?, path)
}

/// Makes a folder of mode 0700 and those around it, where they are missing. Each belongs to the owner of the one that it is
/// made in.
pub(crate) fn make_folder(path: &Path) -> Result<(), Error> {
    let missing: Vec<_> = path.ancestors().take_while(|folder| !folder.is_dir() && *folder != Path::new("")).collect();
    for folder in missing.into_iter().rev() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        give_as_around(folder)?;
    }
    Ok(())
}
