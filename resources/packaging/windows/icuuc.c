/* For Wine only, never packed: Windows 10 has its own icuuc.dll, which Qt asks for encodings other than Unicode; Wine
   has none. Each function says that there is no such encoding. Names and arguments: ICU 72, unicode/ucnv.h. */

#define ANSWER(type, name, value) __declspec(dllexport) type name(void) { return value; }
#define UNSUPPORTED 16

__declspec(dllexport) void *ucnv_open(const char *name, int *error) { (void)name; if (error) *error = UNSUPPORTED; return 0; }
ANSWER(void, ucnv_close, )
ANSWER(void, UCNV_FROM_U_CALLBACK_SUBSTITUTE, )
ANSWER(void, UCNV_TO_U_CALLBACK_SUBSTITUTE, )
ANSWER(void, ucnv_reset, )
ANSWER(int, ucnv_getMaxCharSize, 1)
ANSWER(const char *, ucnv_getName, 0)
ANSWER(void, ucnv_getToUCallBack, )
ANSWER(void, ucnv_getFromUCallBack, )
ANSWER(void, ucnv_setToUCallBack, )
ANSWER(void, ucnv_setFromUCallBack, )
ANSWER(void, ucnv_cbToUWriteUChars, )
ANSWER(void, ucnv_cbFromUWriteUChars, )
ANSWER(void, ucnv_toUnicode, )
ANSWER(void, ucnv_fromUnicode, )
ANSWER(int, ucnv_toUCountPending, 0)
ANSWER(int, ucnv_fromUCountPending, 0)
ANSWER(const char *, ucnv_getStandardName, 0)
ANSWER(const char *, ucnv_getAvailableName, 0)
ANSWER(int, ucnv_countAvailable, 0)
