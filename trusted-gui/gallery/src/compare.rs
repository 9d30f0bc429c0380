//! What is rendered now against what was accepted.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{image::Image, scenes::Scene};

/// What came of comparing one picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is as it was accepted.
    Same,
    /// There is no accepted picture.
    New,
    /// So many pixels differ, or the sizes do.
    Different {
        /// How many pixels.
        pixels: usize,
    },
}

/// Compares a rendered picture with the accepted one, if there is one.
#[must_use]
pub fn verdict(accepted: Option<&Image>, actual: &Image) -> Verdict {
    match accepted {
        None => Verdict::New,
        Some(accepted) if accepted == actual => Verdict::Same,
        Some(accepted) => {
            let pixels = accepted.pixels.iter().zip(&actual.pixels);
            let differing = pixels.filter(|(accepted, actual)| accepted != actual).count();
            let missing = accepted.pixels.len().abs_diff(actual.pixels.len());
            Verdict::Different { pixels: differing + missing }
        }
    }
}

/// A picture in which what differs is bright, and what does not is dark.
#[must_use]
pub fn difference(accepted: &Image, actual: &Image) -> Image {
    let mut image = Image::new(actual.width, actual.height);
    let same_size = (accepted.width, accepted.height) == (actual.width, actual.height);
    for (index, pixel) in image.pixels.iter_mut().enumerate() {
        let (old, new) = (accepted.pixels.get(index), actual.pixels[index]);
        *pixel = if same_size && old == Some(&new) { new >> 2 & 0x3f_3f3f } else { 0xff_40ff };
    }
    image
}

/// The directory of accepted pictures, and one for what is to be looked at.
#[derive(Clone, Debug)]
pub struct Gallery {
    /// The accepted pictures.
    pub golden: PathBuf,
    /// Where pictures of changes are written.
    pub changes: PathBuf,
}

impl Gallery {
    /// Renders a scene and compares it. What is not the same is written as `NAME.actual.png`, and what
    /// differs as `NAME.diff.png`.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn check(&self, scene: &Scene) -> Result<Verdict> {
        let actual = scene.render();
        let path = self.golden.join(format!("{}.png", scene.name));
        let accepted = if path.exists() { Some(Image::read(&path)?) } else { None };
        let verdict = verdict(accepted.as_ref(), &actual);
        if verdict != Verdict::Same {
            fs::create_dir_all(&self.changes).context("cannot create the directory for changes")?;
            actual.write(&self.changes.join(format!("{}.actual.png", scene.name)))?;
            if let Some(accepted) = accepted {
                let path = self.changes.join(format!("{}.diff.png", scene.name));
                difference(&accepted, &actual).write(&path)?;
            }
        }
        Ok(verdict)
    }

    /// Makes what is rendered now the accepted picture.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn accept(&self, scene: &Scene) -> Result<()> {
        fs::create_dir_all(&self.golden).context("cannot create the directory of pictures")?;
        scene.render().write(&self.golden.join(format!("{}.png", scene.name)))
    }

    /// The accepted pictures that no scene renders any more.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn orphans(&self, scenes: &[Scene]) -> Result<Vec<PathBuf>> {
        let names: BTreeSet<&str> = scenes.iter().map(|scene| scene.name.as_str()).collect();
        let known = |path: &Path| {
            path.file_stem().and_then(|name| name.to_str()).is_some_and(|name| names.contains(name))
        };
        let mut orphans = vec![];
        for entry in fs::read_dir(&self.golden).context("cannot read the accepted pictures")? {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == "png") && !known(&path) {
                orphans.push(path);
            }
        }
        Ok(orphans)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_pixel_is_a_difference_and_is_shown() {
        let accepted = Image::new(4, 3);
        let mut actual = accepted.clone();
        actual.pixels[5] = 1;
        assert_eq!(verdict(Some(&accepted), &accepted), Verdict::Same);
        assert_eq!(verdict(Some(&accepted), &actual), Verdict::Different { pixels: 1 });
        assert_eq!(verdict(None, &actual), Verdict::New);
        let shown = difference(&accepted, &actual);
        assert_eq!(shown.pixels.iter().filter(|pixel| **pixel != 0).count(), 1);
    }

    #[test]
    fn a_failure_leaves_the_picture_and_what_differs() {
        let directory = tempfile::tempdir().unwrap();
        let gallery = Gallery {
            golden: directory.path().join("golden"),
            changes: directory.path().join("changes"),
        };
        let scene = crate::scenes::all().swap_remove(0);
        assert_eq!(gallery.check(&scene).unwrap(), Verdict::New);
        gallery.accept(&scene).unwrap();
        assert_eq!(gallery.check(&scene).unwrap(), Verdict::Same);
        let path = gallery.golden.join(format!("{}.png", scene.name));
        let mut image = Image::read(&path).unwrap();
        image.pixels[7] ^= 0xff;
        image.write(&path).unwrap();
        assert_eq!(gallery.check(&scene).unwrap(), Verdict::Different { pixels: 1 });
        for ending in ["actual", "diff"] {
            assert!(gallery.changes.join(format!("{}.{ending}.png", scene.name)).exists());
        }
        assert_eq!(gallery.orphans(&[]).unwrap(), [path]);
    }
}
