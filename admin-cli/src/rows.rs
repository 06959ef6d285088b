//! The rows of a CSV file, each with the line on which it begins.

use csv::{ByteRecord, Reader, ReaderBuilder, Trim};
use twclone_domain::Error;

use crate::quotes;

/// Reads rows of any lengths; a quote that is not closed is an error before the first.
pub(crate) struct Rows<'a> {
    text: &'a [u8],
    reader: Reader<&'a [u8]>,
    record: ByteRecord,
    /// So many bytes have been looked at for the ends of lines, of which there were so many.
    seen: (usize, u64),
}

impl<'a> Rows<'a> {
    /// Begins to read.
    ///
    /// # Errors
    /// `Invalid`, with the line of a quote that is not closed.
    pub(crate) fn new(text: &'a [u8]) -> Result<Self, Error> {
        quotes::closed(text)?;
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).trim(Trim::All).from_reader(text);
        Ok(Self { text, reader, record: ByteRecord::new(), seen: (0, 1) })
    }

    /// The next row, and its line.
    ///
    /// # Errors
    /// `Internal`: the text is in memory, and rows may have any length and any bytes.
    pub(crate) fn next(&mut self) -> Result<Option<(u64, &ByteRecord)>, Error> {
        let read = self.reader.read_byte_record(&mut self.record);
        if !read.map_err(|_| Error::internal("the rows of the file cannot be told apart"))? {
            return Ok(None);
        }
        Ok(Some((self.line(), &self.record)))
    }

    /// The line on which the record begins. To the library, empty lines and the ends of lines before it belong to it.
    fn line(&mut self) -> u64 {
        let begin = self.record.position().and_then(|position| usize::try_from(position.byte()).ok());
        let begin = begin.unwrap_or_default().min(self.text.len());
        let blank = self.text[begin..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let (seen, lines) = self.seen;
        let ends = self.text[seen..begin + blank].split(|byte| *byte == b'\n').count() - 1;
        self.seen = (begin + blank, lines + ends as u64);
        self.seen.1
    }
}
