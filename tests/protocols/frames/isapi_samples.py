"""What ISAPI devices and their clients write, as the integrators' notes show it: value and bytes, or value and text."""

from datetime import UTC, datetime

from protocols.frames.isapi import DeviceInfo, HttpHost, Status
from protocols.frames.isapi_access import (
    Card,
    PeoplePage,
    Person,
    PersonDelete,
    PersonSearch,
    Record,
    RecordPage,
    RecordSearch,
)
from protocols.frames.isapi_events import Alert, Counting, Inside
from protocols.frames.isapi_faces import FaceRecord

XMLNS = "http://www.isapi.org/ver20/XMLSchema"
NINE = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TEN = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)

#: Name -> (value, the bytes that we write and read).
DOCUMENTS: dict[str, tuple[object, bytes]] = {
    "deviceInfo": (
        DeviceInfo("大厅 门口", "8800", "DS-K1T341AMF", "DS-K1T341AMF20240101V030230ENAA1", "V3.2.30"),
        f"""<?xml version="1.0" encoding="UTF-8"?>
<DeviceInfo version="2.0" xmlns="{XMLNS}">
<deviceName>大厅 门口</deviceName>
<deviceID>8800</deviceID>
<model>DS-K1T341AMF</model>
<serialNumber>DS-K1T341AMF20240101V030230ENAA1</serialNumber>
<firmwareVersion>V3.2.30</firmwareVersion>
</DeviceInfo>
""".encode(),
    ),
    "status": (Status(1), b'{"statusCode":1,"statusString":"OK","subStatusCode":"ok"}'),
    "httpHosts": (
        HttpHost("10.0.0.9", 8080, "/path"),
        f"""<?xml version="1.0" encoding="UTF-8"?>
<HttpHostNotificationList version="2.0" xmlns="{XMLNS}">
<HttpHostNotification>
<id>1</id>
<url>/path</url>
<protocolType>HTTP</protocolType>
<parameterFormatType>json</parameterFormatType>
<addressingFormatType>ipaddress</addressingFormatType>
<ipAddress>10.0.0.9</ipAddress>
<portNo>8080</portNo>
<httpAuthenticationMethod>none</httpAuthenticationMethod>
<uploadImagesDataType>binary</uploadImagesDataType>
</HttpHostNotification>
</HttpHostNotificationList>
""".encode(),
    ),
    "UserInfo": (
        Person("staff-7", "某某", "2026-03-01T00:00:00", "2027-02-28T23:59:59"),
        '{"UserInfo":{"employeeNo":"staff-7","name":"某某","userType":"normal","Valid":{"enable":true,'
        '"beginTime":"2026-03-01T00:00:00","endTime":"2027-02-28T23:59:59"},"doorRight":"1",'
        '"RightPlan":[{"doorNo":1,"planTemplateNo":"1"}]}}'.encode(),
    ),
    "UserInfo/Search": (
        PersonSearch("s-1", "staff-7"),
        (
            b'{"UserInfoSearchCond":{"searchID":"s-1","searchResultPosition":0,"maxResults":30,'
            b'"EmployeeNoList":[{"employeeNo":"staff-7"}]}}'
        ),
    ),
    "UserInfo/Search of all": (
        PersonSearch("s-1", position=30),
        b'{"UserInfoSearchCond":{"searchID":"s-1","searchResultPosition":30,"maxResults":30}}',
    ),
    "UserInfoSearch": (
        PeoplePage("s-1", 31, (Person("p-1", faces=1, cards=2),), more=True),
        (
            b'{"UserInfoSearch":{"searchID":"s-1","responseStatusStrg":"MORE","numOfMatches":1,"totalMatches":31,'
            b'"UserInfo":[{"employeeNo":"p-1","name":"","userType":"normal","Valid":{"enable":true,'
            b'"beginTime":"2020-01-01T00:00:00","endTime":"2037-12-31T23:59:59"},"doorRight":"1",'
            b'"RightPlan":[{"doorNo":1,"planTemplateNo":"1"}],"numOfFace":1,"numOfCard":2}]}}'
        ),
    ),
    "UserInfoSearch without a match": (
        PeoplePage("s-1", 0),
        b'{"UserInfoSearch":{"searchID":"s-1","responseStatusStrg":"NO MATCH","numOfMatches":0,"totalMatches":0}}',
    ),
    "UserInfo/Delete": (
        PersonDelete(("p-1", "p-2")),
        b'{"UserInfoDelCond":{"EmployeeNoList":[{"employeeNo":"p-1"},{"employeeNo":"p-2"}]}}',
    ),
    "FaceDataRecord": (FaceRecord("p-1"), b'{"faceLibType":"blackFD","FDID":"1","FPID":"p-1"}'),
    "CardInfo": (
        Card("p-1", "1234567890"),
        b'{"CardInfo":{"employeeNo":"p-1","cardNo":"1234567890","cardType":"normalCard"}}',
    ),
    "AcsEventCond": (
        RecordSearch("s-2", NINE, TEN),
        (
            b'{"AcsEventCond":{"searchID":"s-2","searchResultPosition":0,"maxResults":30,"major":5,"minor":0,'
            b'"startTime":"2026-03-02T09:00:00+08:00","endTime":"2026-03-02T10:00:00+08:00"}}'
        ),
    ),
    "AcsEvent": (
        RecordPage("s-2", 2, (Record(8, NINE, 5, 75, "staff-7", "checkIn"), Record(9, TEN, 5, 76))),
        (
            b'{"AcsEvent":{"searchID":"s-2","responseStatusStrg":"OK","numOfMatches":2,"totalMatches":2,"InfoList":['
            b'{"major":5,"minor":75,"time":"2026-03-02T09:00:00+08:00","employeeNoString":"staff-7",'
            b'"attendanceStatus":"checkIn","serialNo":8},'
            b'{"major":5,"minor":76,"time":"2026-03-02T10:00:00+08:00","serialNo":9}]}}'
        ),
    ),
}

#: Name -> (what a device pushes, what it says). Devices write more than we read, and older ones another namespace.
PUSHED: dict[str, tuple[bytes, Alert]] = {
    "access": (
        '{"ipAddress":"10.0.0.64","portNo":80,"protocol":"HTTP","macAddress":"44:47:cc:00:00:01","channelID":1,'
        '"dateTime":"2026-03-02T09:00:00+08:00","activePostCount":1,"eventType":"AccessControllerEvent",'
        '"eventState":"active","eventDescription":"Access Controller Event","AccessControllerEvent":{"deviceName":'
        '"门口","majorEventType":5,"subEventType":75,"cardNo":"1234567890","name":"某某","cardReaderNo":1,'
        '"employeeNoString":"staff-7","serialNo":123,"currentVerifyMode":"cardOrFaceOrFp",'
        '"attendanceStatus":"checkIn","currentEvent":true,"QRCodeInfo":"x"}}'.encode(),
        Alert("AccessControllerEvent", NINE, body=Record(123, NINE, 5, 75, "staff-7", "checkIn")),
    ),
    "realTime": (
        f"""<EventNotificationAlert version="2.0" xmlns="{XMLNS}">
<ipAddress>10.0.0.65</ipAddress><portNo>80</portNo><protocol>HTTP</protocol><channelID>1</channelID>
<dateTime>2026-03-02T10:00:00+08:00</dateTime><activePostCount>1</activePostCount>
<eventType>PeopleCounting</eventType><eventState>active</eventState><eventDescription>peopleCounting alarm
</eventDescription><channelName>入口</channelName><peopleCounting><statisticalMethods>realTime</statisticalMethods>
<RealTime><time>2026-03-02T10:00:00+08:00</time></RealTime><enter>70</enter><exit>75</exit><pass>3</pass>
<duplicatePeople>1</duplicatePeople><regionsID>1</regionsID></peopleCounting>
<childCounting><enter>2</enter><exit>1</exit></childCounting></EventNotificationAlert>""".encode(),
        Alert("PeopleCounting", TEN, body=Counting("realTime", 70, 75, TEN, TEN)),
    ),
    "timeRange": (
        f"""<EventNotificationAlert version="2.0" xmlns="{XMLNS}">
<dateTime>2026-03-02T10:00:05+08:00</dateTime><eventType>PeopleCounting</eventType><eventState>active</eventState>
<peopleCounting><statisticalMethods>timeRange</statisticalMethods><TimeRange>
<startTime>2026-03-02T09:00:00+08:00</startTime><endTime>2026-03-02T10:00:00+08:00</endTime></TimeRange>
<enter>7</enter><exit>5</exit><regionsID>2</regionsID></peopleCounting>
<isDataRetransmission>true</isDataRetransmission></EventNotificationAlert>""".encode(),
        Alert(
            "PeopleCounting",
            datetime(2026, 3, 2, 2, 0, 5, tzinfo=UTC),
            body=Counting("timeRange", 7, 5, NINE, TEN, "2", again=True),
        ),
    ),
    "older firmware": (
        b"""<?xml version="1.0" encoding="UTF-8"?>
<EventNotificationAlert version="1.0" xmlns="urn:psialliance-org"><dateTime>2026-03-02T10:00:00</dateTime>
<eventType>PeopleCounting</eventType><peopleCounting><statisticalMethods>realTime</statisticalMethods>
<enter>70</enter><exit>75</exit></peopleCounting></EventNotificationAlert>""",
        Alert("PeopleCounting", TEN, body=Counting("realTime", 70, 75, TEN, TEN)),
    ),
    "regions in XML": (
        f"""<EventNotificationAlert version="2.0" xmlns="{XMLNS}"><dateTime>2026-03-02T09:00:00+08:00</dateTime>
<dynChannelID>33</dynChannelID><eventType>regionTargetNumberCounting</eventType><CountingList>
<Counting><regionID>1</regionID><DataList><Data><humanCount>3</humanCount></Data><Data><humanCount>4</humanCount></Data>
</DataList></Counting><Counting><regionID>2</regionID><DataList><Data><humanCount>1</humanCount></Data></DataList>
</Counting></CountingList></EventNotificationAlert>""".encode(),
        Alert("regionTargetNumberCounting", NINE, channel=33, body=Inside((("1", 4), ("2", 1)))),
    ),
    "regions in JSON": (
        (
            b'{"eventType":"regionTargetNumberCounting","dateTime":"2026-03-02T09:00:00+08:00","eventState":"active",'
            b'"channelID":1,"CountingList":[{"DataList":[{"humanCount":9}]}]}'
        ),
        Alert("regionTargetNumberCounting", NINE, body=Inside((("1", 9),))),
    ),
    "one region": (
        (
            b'{"eventType":"regionTargetNumberCounting","dateTime":"2026-03-02T09:00:00+08:00",'
            b'"CountingList":{"humanCount":[2,5]}}'
        ),
        Alert("regionTargetNumberCounting", NINE, body=Inside((("1", 5),))),
    ),
    "alarm": (
        f"""<EventNotificationAlert version="2.0" xmlns="{XMLNS}"><dateTime>2026-03-02T09:00:00+08:00</dateTime>
<channelID>1</channelID><eventType>VMD</eventType><eventState>inactive</eventState></EventNotificationAlert>""".encode(),
        Alert("VMD", NINE, "inactive"),
    ),
}
