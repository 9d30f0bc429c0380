//! Pictures as PNG files.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::BufReader,
    path::Path,
};

use anyhow::{Context, Result, ensure};

/// A picture; pixels as on the canvas, `0x00RRGGBB`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// All pixels, row by row.
    pub pixels: Vec<u32>,
}

impl Image {
    /// A black picture.
    #[must_use]
    pub fn new(width: u32, height: u32) -> Self {
        Self { width, height, pixels: vec![0; width as usize * height as usize] }
    }

    /// Reads a file that [`Self::write`] wrote.
    ///
    /// # Errors
    /// When it cannot be read, or is of another kind.
    pub fn read(path: &Path) -> Result<Self> {
        let name = || path.display().to_string();
        let file = BufReader::new(File::open(path).with_context(name)?);
        let mut decoder = png::Decoder::new(file);
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().with_context(name)?;
        let length = reader.output_buffer_size().context("the picture is too large")?;
        let mut bytes = vec![0; length];
        let info = reader.next_frame(&mut bytes).with_context(name)?;
        ensure!(info.color_type == png::ColorType::Rgb, "{}: not in RGB", path.display());
        let pixels = bytes[..info.buffer_size()]
            .chunks_exact(3)
            .map(|rgb| u32::from_be_bytes([0, rgb[0], rgb[1], rgb[2]]))
            .collect();
        Ok(Self { width: info.width, height: info.height, pixels })
    }

    /// Writes a PNG file, as small as it gets without trying everything.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let bytes = self.encode()?;
        fs::write(path, bytes).with_context(|| path.display().to_string())
    }

    /// With a palette where there are at most 256 colours; else by the filter that serves it best.
    fn encode(&self) -> Result<Vec<u8>> {
        let mut palette = HashMap::new();
        let mut colors: Vec<u8> = vec![];
        let mut indexed = vec![];
        for pixel in &self.pixels {
            let next = palette.len();
            indexed.push(*palette.entry(*pixel).or_insert_with(|| {
                colors.extend_from_slice(&pixel.to_be_bytes()[1..]);
                next
            }) as u8);
            if palette.len() > 256 {
                break;
            }
        }
        if palette.len() <= 256 {
            return self.encode_as(
                png::ColorType::Indexed,
                png::Filter::NoFilter,
                colors,
                &indexed,
            );
        }
        let bytes: Vec<u8> =
            self.pixels.iter().flat_map(|pixel| pixel.to_be_bytes().into_iter().skip(1)).collect();
        let encode = |filter| self.encode_as(png::ColorType::Rgb, filter, vec![], &bytes);
        let (plain, upwards) = (encode(png::Filter::NoFilter)?, encode(png::Filter::Up)?);
        Ok(if plain.len() < upwards.len() { plain } else { upwards })
    }

    fn encode_as(
        &self,
        kind: png::ColorType,
        filter: png::Filter,
        palette: Vec<u8>,
        bytes: &[u8],
    ) -> Result<Vec<u8>> {
        let mut file = vec![];
        let mut encoder = png::Encoder::new(&mut file, self.width, self.height);
        encoder.set_compression(png::Compression::High);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_color(kind);
        encoder.set_filter(filter);
        if !palette.is_empty() {
            encoder.set_palette(palette);
        }
        let mut writer = encoder.write_header()?;
        writer.write_image_data(bytes)?;
        writer.finish()?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_with_and_without_a_palette() {
        let directory = tempfile::tempdir().unwrap();
        for colors in [3, 5000] {
            let mut image = Image::new(90, 70);
            (0..).zip(&mut image.pixels).for_each(|(index, pixel)| *pixel = index % colors * 3000);
            let path = directory.path().join("picture.png");
            image.write(&path).unwrap();
            assert_eq!(Image::read(&path).unwrap(), image);
        }
    }
}
