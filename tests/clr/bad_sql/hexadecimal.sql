-- Refused at 2:73: bytes are hexadecimal digits.
create assembly [udfgen_bad_0123456789ab] authorization [dbo] from 0x4D5G with permission_set = external_access;
