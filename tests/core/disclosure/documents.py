"""Documents as offices make them, with what they say beside their pages; each secret is a word that no page shows."""

import io
import zipfile
import zlib
from collections.abc import Mapping

import pikepdf
from openpyxl import Workbook
from openpyxl.comments import Comment

from tests.core.files.samples import photo

AUTHOR, OFFICE, COMMENT, PLACE, EARLIER = "WANGJIANGUO", "LIANSHIOFFICE", "SECRETCOMMENT", "TestPhone-SECRET", "EARLIERSTATE"
SHOWN = "WORDSONTHEPAGE"
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"


def pdf(
    *, notes: Mapping[str, str] | None = None, hidden: bool = False, key: str = "", packed: tuple[str, ...] | None = None
) -> bytes:
    """Give one page with a photo and words, an author, and an object that no page refers to; ``notes`` by kind and words.

    ``packed`` writes the photo's filters as a row: these around the photo's own.
    """
    made = pikepdf.new()
    page = made.add_blank_page(page_size=(300, 300))
    image = made.make_stream(photo())
    image.Type, image.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
    image.Width, image.Height, image.BitsPerComponent = 640, 480, 8
    image.ColorSpace, image.Filter = pikepdf.Name.DeviceRGB, pikepdf.Name.DCTDecode
    if packed is not None:
        bytes_of = zlib.compress(photo()) if "/FlateDecode" in packed else photo()
        row = [*packed, "/DCTDecode"]
        image.write(bytes_of, filter=pikepdf.Array([pikepdf.Name(each) for each in row]))
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Photo=image))
    page.Contents = made.make_stream(f"% {SHOWN}\nq 100 0 0 100 0 0 cm /Photo Do Q".encode())
    page.Annots = made.make_indirect(
        pikepdf.Array([
            made.make_indirect(pikepdf.Dictionary(
                Type=pikepdf.Name.Annot, Subtype=pikepdf.Name(kind), Rect=pikepdf.Array([0, 0, 9, 9]), T=AUTHOR, Contents=words,
            ))
            for kind, words in (notes or {}).items()
        ])
    )  # fmt: skip
    made.docinfo["/Author"], made.docinfo["/Company"] = AUTHOR, OFFICE
    with made.open_metadata() as told:
        told["dc:creator"] = [AUTHOR]
    if hidden:
        layer = made.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="x"))
        made.Root.OCProperties = pikepdf.Dictionary(OCGs=pikepdf.Array([layer]), D=pikepdf.Dictionary(OFF=pikepdf.Array([layer])))
    written = io.BytesIO()
    made.save(written, encryption=pikepdf.Encryption(user=key, owner=key) if key else False, compress_streams=False)
    return written.getvalue().replace(b"%%EOF", f"%%EOF\n% {EARLIER}\n%%EOF".encode())


def docx(*, body: str = "", comment: bool = False, extra: Mapping[str, bytes] | None = None) -> bytes:
    """Give a document with an author, an office and a template on the author's disk; ``body`` is put among its runs."""
    marks = '<w:commentRangeStart w:id="0"/><w:commentRangeEnd w:id="0"/><w:r><w:commentReference w:id="0"/></w:r>' if comment else ""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_TYPES}"><Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>'
        '<Override PartName="/word/comments.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml"/>'
        '<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_RELS}"><Relationship Id="a" Type="{_R}/officeDocument" Target="word/document.xml"/>'
        f'<Relationship Id="b" Type="{_RELS}/metadata/core-properties" Target="docProps/core.xml"/></Relationships>',
        "docProps/core.xml": '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
        f' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>{AUTHOR}</dc:creator></cp:coreProperties>',
        "docProps/app.xml": f'<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Company>{OFFICE}</Company></Properties>',
        "word/document.xml": f"<w:document {_W}><w:body><w:p>{marks}{body}<w:r><w:t>{SHOWN}</w:t></w:r></w:p></w:body></w:document>",
        "word/settings.xml": f'<w:settings {_W} xmlns:r="{_R}"><w:attachedTemplate r:id="t"/></w:settings>',
        "word/_rels/settings.xml.rels": f'<Relationships xmlns="{_RELS}"><Relationship Id="t" Type="{_R}/attachedTemplate" Target="file:///C:/{AUTHOR}.dotx" TargetMode="External"/></Relationships>',
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{_RELS}"><Relationship Id="c" Type="{_R}/comments" Target="comments.xml"/>'
        f'<Relationship Id="m" Type="{_R}/image" Target="media/image1.jpg"/></Relationships>',
    }  # fmt: skip
    if comment:
        parts["word/comments.xml"] = f'<w:comments {_W}><w:comment w:id="0" w:author="{AUTHOR}"><w:p><w:r><w:t>{COMMENT}</w:t></w:r></w:p></w:comment></w:comments>'
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as opened:
        for name, text in parts.items():
            opened.writestr(name, text)
        opened.writestr("word/media/image1.jpg", photo())
        for name, content in (extra or {}).items():
            opened.writestr(name, content)
    return made.getvalue()


def xlsx(*, hidden_sheet: bool = False, hidden_row: bool = False, hidden_column: bool = False, comment: bool = False) -> bytes:
    book = Workbook()
    book.properties.creator = AUTHOR
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = SHOWN
    sheet["A2"] = "second"
    if hidden_sheet:
        book.create_sheet("x").sheet_state = "veryHidden"
    if hidden_row:
        sheet.row_dimensions[2].hidden = True
    if hidden_column:
        sheet.column_dimensions["B"].hidden = True
    if comment:
        sheet["A1"].comment = Comment(COMMENT, AUTHOR)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def everything_in(content: bytes) -> bytes:
    """Give all bytes of a document, unpacked, so that a word in it is found."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            return b"\n".join([*(entry.filename.encode() for entry in opened.infolist()), *(opened.read(entry) for entry in opened.infolist())])
    with pikepdf.open(io.BytesIO(content)) as opened_pdf:
        streams = [
            each.read_raw_bytes() if each.get("/Filter") == pikepdf.Name.DCTDecode else each.read_bytes()
            for each in opened_pdf.objects if isinstance(each, pikepdf.Stream)
        ]
    return b"\n".join([content, *streams])
