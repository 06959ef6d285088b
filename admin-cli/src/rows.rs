//! Reads the rows of a CSV file, each with the line on which it begins.

use csv::{ByteRecord, Reader, ReaderBuilder, Trim};
use twclone_domain::Error;

use crate::quotes;

/// Iterates over rows of any length. An unclosed quote is reported before the first row.
pub(crate) struct Rows<'a> {
    text: &'a [u8],
    reader: Reader<&'a [u8]>,
    record: ByteRecord,
    /// How many bytes have been scanned for newlines, and the line number reached there.
    seen: (usize, u64),
}

impl<'a> Rows<'a> {
    /// Starts reading.
    ///
    /// # Errors
    /// `Invalid`, with the line of an unclosed quote.
    pub(crate) fn new(text: &'a [u8]) -> Result<Self, Error> {
        quotes::closed(text)?;
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).trim(Trim::All).from_reader(text);
        Ok(Self { text, reader, record: ByteRecord::new(), seen: (0, 1) })
    }

    /// Returns the next row and its line.
    ///
    /// # Errors
    /// `Internal`. Not expected: the text is in memory, and rows may have any length and any bytes.
    pub(crate) fn next(&mut self) -> Result<Option<(u64, &ByteRecord)>, Error> {
        let read = self.reader.read_byte_record(&mut self.record);
        if !read.map_err(|_| Error::internal("the rows of the file cannot be read"))? {
            return Ok(None);
        }
        Ok(Some((self.line(), &self.record)))
    }

    /// Returns the line on which the record begins. For the csv library, empty lines and line endings before a record
    /// belong to it, so they are skipped here.
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
