"""The grammar of filters, as section 4.2 of the platform's reference gives it.

Guesses: NOT takes the next filter only; in a text `\\'` is the one escape, because that is all the
published client writes; a regular expression is found anywhere, and is RE2's, so without
look-around and back references.
"""

GRAMMAR = r"""
?start: either
?either: both ("||" both)*
?both: unary ("&&" unary)*
?unary: "NOT" unary -> negation
      | "(" either ")"
      | rule
?rule: "EXISTS" member -> exists
     | "HAS" NAME -> has
     | "MATCHES" regex -> matches
     | "AGE" COMPARISON number -> age
     | "AGE" "(" string ")" COMPARISON number -> age_of
     | member COMPARISON value -> compare
     | member "%" number COMPARISON number -> modulo
     | member "=~" regex -> search
     | member "IN" list -> one_of
     | member "CONTAINS" list -> contains
     | member "WITHIN" number NAME "OF" "[" place "]" -> within
place: number "," number -> coordinates
     | "ZIP" "=" ZIPCODE -> zip
?value: number | string | member
      | "true" -> yes
      | "false" -> no
      | "Date" "(" number ")"
      | "ObjectId" "(" string ")"
      | "Email" "(" string ")"
list: "[" [value ("," value)*] "]"
member: NAME
number: NUMBER
string: SINGLE | DOUBLE
regex: REGEX

COMPARISON: "==" | "!=" | "<=" | ">=" | "<" | ">"
NAME: /[^\W\d][\w:$-]*(\.[\w:$-]+)*/
NUMBER: /-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?/
SINGLE: /'(\\'|[^'])*'/
DOUBLE: /"(\\"|[^"])*"/
REGEX: /\/(\\\/|[^\/])*\/[a-zA-Z]*/
ZIPCODE: /[^\[\]]+/
%ignore /\s+/
"""

EXPECTED = {
    "NAME": "a member",
    "NUMBER": "a number",
    "SINGLE": "a text",
    "REGEX": "a /pattern/",
    "COMPARISON": "a comparison",
    "RPAR": ")",
    "RSQB": "]",
    "LSQB": "[",
    "OF": "OF",
    "COMMA": ",",
    "ZIPCODE": "a ZIP code",
    "$END": "the end",
}
"""How an error names what could have stood there."""
