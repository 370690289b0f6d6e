"""Google Sheets and Drive as a stand-in over HTTP: books in memory, all of the changes of a batch or none."""
